import type { EnvironmentNeeds } from '../../projects/environment.ts';
import type { NewVersion, Version } from '../../projects/project.ts';
import { orderNamed, orderVersions } from '../../projects/version-order.ts';
import type { Database, Row } from './database.ts';

const VERSIONS = 'SELECT v.*, p.name AS project FROM versions v JOIN projects p ON p.id = v.project_id';

/** The versions that meet a condition on `v` (versions) and `p` (projects). */
export function findVersions(db: Database, condition: string, ...values: (string | number)[]): Version[] {
  return db.all(`${VERSIONS} WHERE ${condition}`, ...values).map(toVersion);
}

/** Those of a project that jobs can be made of, in order: the current one is the last. */
export function liveVersions(db: Database, project: string): Version[] {
  const current = db.get('SELECT current_version AS id FROM projects WHERE name = ?', project)?.id;
  const versions = findVersions(db, 'p.name = ? AND v.removed = 0', project);
  return orderVersions(versions, typeof current === 'number' ? current : 0);
}

/** Adds a row. A version without a name is called by the second of its push, or the next number that is free. */
export function insertVersion(db: Database, projectId: number, version: NewVersion): Version {
  const named = version.name !== null;
  let name = version.name ?? String(Math.floor(version.pushedAt / 1000));
  const isTaken = () =>
    db.get('SELECT 1 FROM versions WHERE project_id = ? AND name = ? AND removed = 0', projectId, name);
  while (!named && isTaken() !== null) name = String(Number(name) + 1);
  const id = db.get(
    `INSERT INTO versions (project_id, name, named, folder, root, settings_module, spiders, fork, copy, capture, environment, pushed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    projectId,
    name,
    Number(named),
    version.folder,
    version.root,
    version.settingsModule,
    JSON.stringify(version.spiders),
    fromFlag(version.fork),
    fromFlag(version.copy),
    fromFlag(version.capture),
    version.environment === null ? null : JSON.stringify(version.environment),
    version.pushedAt,
  )?.id as number;
  return { ...version, id, projectId, name, named };
}

/** The version that follows when the current one of a project is decided by names: the greatest, else the one without. */
export function greatestVersion(db: Database, project: string): Version | null {
  const versions = findVersions(db, 'p.name = ? AND v.removed = 0', project);
  return orderNamed(versions.filter(({ named }) => named)).at(-1) ?? versions[0] ?? null;
}

function toVersion(row: Row): Version {
  return {
    id: row.id as number,
    projectId: row.project_id as number,
    project: row.project as string,
    name: row.name as string,
    named: row.named !== 0,
    folder: row.folder as string,
    root: row.root as string,
    settingsModule: row.settings_module as string,
    spiders: JSON.parse(row.spiders as string) as string[],
    fork: toFlag(row.fork),
    copy: toFlag(row.copy),
    capture: toFlag(row.capture),
    environment:
      row.environment === null ? null : (JSON.parse(row.environment as string) as EnvironmentNeeds),
    pushedAt: row.pushed_at as number,
  };
}

function fromFlag(flag: boolean | null): number | null {
  return flag === null ? null : Number(flag);
}

function toFlag(value: unknown): boolean | null {
  return typeof value === 'number' ? value !== 0 : null;
}

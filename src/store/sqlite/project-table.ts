import { UserError } from '../../errors.ts';
import type { NewVersion, ProjectStore, Version } from '../../projects/project.ts';
import type { Database, Row } from './database.ts';
import { changeState } from './job-table.ts';

const VERSIONS = 'SELECT v.*, p.name AS project FROM versions v JOIN projects p ON p.id = v.project_id';

/** Projects, their versions and the numbers of their spiders. */
export function projectTable(db: Database): ProjectStore {
  return {
    currentVersions: () =>
      db.all(`${VERSIONS} WHERE p.current_version = v.id ORDER BY p.name`).map(toVersion),

    currentVersion(project) {
      const row = db.get(`${VERSIONS} WHERE p.current_version = v.id AND p.name = ?`, project);
      return row === null ? null : toVersion(row);
    },

    version(id) {
      const row = db.get(`${VERSIONS} WHERE v.id = ?`, id);
      return row === null ? null : toVersion(row);
    },

    addVersion: (version) =>
      db.transaction(() => {
        refuseOrphanedSchedules(db, version);
        const projectId = projectIdOf(db, version.project);
        addSpiders(db, projectId, version.spiders);
        const id = insertVersion(db, projectId, version);
        db.run('UPDATE projects SET current_version = ? WHERE id = ?', id, projectId);
        return { ...version, id, projectId };
      }),

    removeProject: (project, now) =>
      db.transaction(() => {
        const removed = db.run(
          'UPDATE projects SET current_version = NULL WHERE name = ? AND current_version IS NOT NULL',
          project,
        );
        if (removed === 0) throw new UserError('not-found', `Unknown project "${project}".`);
        const schedules = db.get(
          "SELECT count(*) AS n FROM schedules WHERE state = 'SCHEDULED' AND project = ?",
          project,
        )?.n as number;
        if (schedules > 0) {
          const them = schedules === 1 ? 'is 1 schedule' : `are ${schedules} schedules`;
          throw new UserError(
            'conflict',
            `There ${them} for project "${project}": cancel ${schedules === 1 ? 'it' : 'them'} first.`,
          );
        }
        const exit = {
          code: null,
          signal: null,
          reason: `project "${project}" was removed before it started`,
        };
        const pending = db.all("SELECT id FROM jobs WHERE state = 'PENDING' AND project = ?", project);
        return pending.map(
          (row) => changeState(db, row.id as string, 'CANCELED', { finishedAt: now, exit }, now).id,
        );
      }),

    unusedVersions: () =>
      db
        .all(
          `${VERSIONS} WHERE v.id IS NOT p.current_version
           AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'RUNNING' AND version_id = v.id)`,
        )
        .map(toVersion),

    forgetVersion(id) {
      db.transaction(() => db.run('DELETE FROM versions WHERE id = ?', id));
    },

    versionFolders: () => new Set(db.all('SELECT folder FROM versions').map((row) => row.folder as string)),
  };
}

function refuseOrphanedSchedules(db: Database, { project, spiders }: NewVersion): void {
  const row = db.get(
    `SELECT spider, count(*) AS n FROM schedules WHERE state = 'SCHEDULED' AND project = ?
     AND spider NOT IN (SELECT value FROM json_each(?)) GROUP BY spider ORDER BY spider LIMIT 1`,
    project,
    JSON.stringify(spiders),
  );
  if (row === null) return;
  const spider = row.spider as string;
  throw new UserError(
    'conflict',
    `Spider "${spider}" is not in this archive of project "${project}", but has schedules (${String(row.n)}): cancel them first, or push an archive with the spider.`,
  );
}

function projectIdOf(db: Database, name: string): number {
  db.run('INSERT INTO projects (name) VALUES (?) ON CONFLICT DO NOTHING', name);
  return db.get('SELECT id FROM projects WHERE name = ?', name)?.id as number;
}

function addSpiders(db: Database, projectId: number, names: readonly string[]): void {
  for (const name of names) {
    db.run(
      `INSERT INTO spiders (project_id, number, name)
       SELECT ?1, coalesce(max(number), 0) + 1, ?2 FROM spiders WHERE project_id = ?1
       ON CONFLICT (project_id, name) DO NOTHING`,
      projectId,
      name,
    );
  }
}

function insertVersion(db: Database, projectId: number, version: NewVersion): number {
  return db.get(
    `INSERT INTO versions (project_id, folder, root, settings_module, spiders, fork, copy, capture, pushed_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    projectId,
    version.folder,
    version.root,
    version.settingsModule,
    JSON.stringify(version.spiders),
    fromFlag(version.fork),
    fromFlag(version.copy),
    fromFlag(version.capture),
    version.pushedAt,
  )?.id as number;
}

function toVersion(row: Row): Version {
  return {
    id: row.id as number,
    projectId: row.project_id as number,
    project: row.project as string,
    folder: row.folder as string,
    root: row.root as string,
    settingsModule: row.settings_module as string,
    spiders: JSON.parse(row.spiders as string) as string[],
    fork: toFlag(row.fork),
    copy: toFlag(row.copy),
    capture: toFlag(row.capture),
    pushedAt: row.pushed_at as number,
  };
}

function fromFlag(flag: boolean | null): number | null {
  return flag === null ? null : Number(flag);
}

function toFlag(value: unknown): boolean | null {
  return typeof value === 'number' ? value !== 0 : null;
}

import { UserError } from '../../errors.ts';
import { CANCELLED } from '../../jobs/close-reason.ts';
import type { Exit } from '../../jobs/job.ts';
import type { EnvironmentNeeds } from '../../projects/environment.ts';
import type { NewVersion, ProjectStore } from '../../projects/project.ts';
import type { Database } from './database.ts';
import { projectData } from './project-data.ts';
import { projectEntries } from './project-entries.ts';
import { projectVariables } from './project-variables.ts';
import { refuseSchedules, refuseUnmetSchedules } from './schedule-needs.ts';
import { addSpiders } from './spider-numbers.ts';
import { findVersions, greatestVersion, insertVersion, liveVersions } from './version-rows.ts';

/** Projects, their variables and versions, and the numbers of their spiders. */
export function projectTable(db: Database): ProjectStore {
  return {
    ...projectVariables(db),
    ...projectEntries(db),
    ...projectData(db),

    currentVersions: () => findVersions(db, 'v.id = p.current_version ORDER BY p.name'),

    currentVersion: (project) =>
      findVersions(db, 'v.id = p.current_version AND p.name = ?', project)[0] ?? null,

    versions: (project) => liveVersions(db, project),

    namedVersion: (project, name) =>
      findVersions(db, 'p.name = ? AND v.name = ? AND v.removed = 0', project, name)[0] ?? null,

    version: (id) => findVersions(db, 'v.id = ?', id)[0] ?? null,

    addVersion: (version, { current: isCurrent } = { current: version.name === null }) =>
      db.transaction(() => {
        const projectId = projectIdOf(db, version.project);
        addSpiders(db, projectId, version.spiders);
        retireReplaced(db, projectId, version);
        const added = insertVersion(db, projectId, version);
        const current = isCurrent ? added : greatestVersion(db, version.project);
        setCurrent(db, projectId, current?.id ?? null);
        refuseUnmetSchedules(db, version.project, added.id);
        return added;
      }),

    removeVersion: (project, name, now) =>
      db.transaction(() => {
        const [version] = findVersions(db, 'p.name = ? AND v.name = ? AND v.removed = 0', project, name);
        if (version === undefined) {
          throw new UserError('not-found', `Unknown version "${name}" of project "${project}".`);
        }
        if (liveVersions(db, project).length === 1) return removeProject(db, project, now);
        db.run('UPDATE versions SET removed = 1 WHERE id = ?', version.id);
        const isCurrent = db.run(
          'UPDATE projects SET current_version = NULL WHERE current_version = ?',
          version.id,
        );
        if (isCurrent > 0) setCurrent(db, version.projectId, greatestVersion(db, project)?.id ?? null);
        refuseUnmetSchedules(db, project);
        const wanting = "project = ? AND json_extract(request, '$.version') = ?";
        const reason = `version "${name}" of project "${project}" was removed before it started`;
        return cancelPending(db, reason, now, wanting, project, name);
      }),

    removeProject: (project, now) => db.transaction(() => removeProject(db, project, now)),

    unusedVersions: () =>
      findVersions(
        db,
        "v.removed = 1 AND NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'RUNNING' AND version_id = v.id)",
      ),

    forgetVersion(id) {
      db.transaction(() => db.run('DELETE FROM versions WHERE id = ?', id));
    },

    usedEnvironments: () =>
      db
        .all('SELECT DISTINCT environment FROM versions WHERE environment IS NOT NULL')
        .map((row) => JSON.parse(row.environment as string) as EnvironmentNeeds),

    versionFolders: () => new Set(db.all('SELECT folder FROM versions').map((row) => row.folder as string)),
  };
}

function projectIdOf(db: Database, name: string): number {
  db.run('INSERT INTO projects (name) VALUES (?) ON CONFLICT DO NOTHING', name);
  return db.get('SELECT id FROM projects WHERE name = ?', name)?.id as number;
}

/** The version of that name; of those without a chosen name there is one at a time. */
function retireReplaced(db: Database, projectId: number, { name }: NewVersion): void {
  const which = name === null ? 'named = 0' : 'name = ?';
  db.run(
    `UPDATE versions SET removed = 1 WHERE project_id = ? AND removed = 0 AND ${which}`,
    projectId,
    ...(name === null ? [] : [name]),
  );
}

function setCurrent(db: Database, projectId: number, versionId: number | null): void {
  db.run('UPDATE projects SET current_version = ? WHERE id = ?', versionId, projectId);
}

function removeProject(db: Database, project: string, now: number): string[] {
  const removed = db.run(
    'UPDATE projects SET current_version = NULL WHERE name = ? AND current_version IS NOT NULL',
    project,
  );
  if (removed === 0) throw new UserError('not-found', `Unknown project "${project}".`);
  refuseSchedules(db, project);
  db.run(
    'UPDATE versions SET removed = 1 WHERE project_id = (SELECT id FROM projects WHERE name = ?)',
    project,
  );
  const reason = `project "${project}" was removed before it started`;
  return cancelPending(db, reason, now, 'project = ?', project);
}

/** All at once: one by one, a long queue would hold up everybody for seconds. */
function cancelPending(
  db: Database,
  reason: string,
  now: number,
  condition: string,
  ...values: string[]
): string[] {
  const exit: Exit = { code: null, signal: null, reason };
  return db
    .all(
      `UPDATE jobs SET state = 'CANCELED', changed_at = ?, finished_at = ?, exit = ?, close_reason = ?
       WHERE state = 'PENDING' AND ${condition} RETURNING id`,
      now,
      now,
      JSON.stringify(exit),
      CANCELLED,
      ...values,
    )
    .map((row) => row.id as string);
}

import { UserError } from '../../errors.ts';
import type { JobRequest } from '../../jobs/job.ts';
import type { Database } from './database.ts';

/** A spider's place in the names of its jobs. */
interface SpiderNumber {
  projectId: number;
  number: number;
}

/** @throws UserError `not-found` when the project, or the version of it that is asked for, has no such spider */
export function requireSpider(
  db: Database,
  { project, spider, version }: Pick<JobRequest, 'project' | 'spider' | 'version'>,
): SpiderNumber {
  const row = db.get(
    `SELECT p.id, v.id AS version, s.number FROM projects p
     LEFT JOIN versions v ON v.project_id = p.id AND v.removed = 0
       AND CASE WHEN ?1 IS NULL THEN v.id = p.current_version ELSE v.name = ?1 END
     LEFT JOIN spiders s ON s.project_id = p.id AND s.name = ?2
       AND EXISTS (SELECT 1 FROM json_each(v.spiders) WHERE value = s.name)
     WHERE p.name = ?3 AND p.current_version IS NOT NULL`,
    version,
    spider,
    project,
  );
  if (row === null) throw new UserError('not-found', `Unknown project "${project}".`);
  const which = version === null ? `project "${project}"` : `version "${version}" of project "${project}"`;
  if (row.version === null) throw new UserError('not-found', `Unknown ${which}.`);
  if (row.number === null) throw new UserError('not-found', `Unknown spider "${spider}" of ${which}.`);
  return { projectId: row.id as number, number: row.number as number };
}

/**
 * The number of a spider that need not be in any version; given if it has none.
 * @throws UserError `not-found` when there is no such project
 */
export function anySpider(
  db: Database,
  { project, spider }: Pick<JobRequest, 'project' | 'spider'>,
): SpiderNumber {
  const projectId = db.get('SELECT id FROM projects WHERE name = ?', project)?.id;
  if (typeof projectId !== 'number') throw new UserError('not-found', `Unknown project "${project}".`);
  addSpiders(db, projectId, [spider]);
  const row = db.get('SELECT number FROM spiders WHERE project_id = ? AND name = ?', projectId, spider);
  return { projectId, number: row?.number as number };
}

/** Gives numbers to the spiders of a project that have none. */
export function addSpiders(db: Database, projectId: number, names: readonly string[]): void {
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

/** Takes the next job number of a spider. */
export function nextJobNumber(db: Database, { projectId, number }: SpiderNumber): number {
  return db.get(
    'UPDATE spiders SET last_job = last_job + 1 WHERE project_id = ? AND number = ? RETURNING last_job',
    projectId,
    number,
  )?.last_job as number;
}

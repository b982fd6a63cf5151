import { UserError } from '../../errors.ts';
import type { Database } from './database.ts';

/** A spider's place in the names of its jobs. */
interface SpiderNumber {
  projectId: number;
  number: number;
}

/** @throws UserError `not-found` when the current version of the project has no such spider */
export function requireSpider(db: Database, project: string, spider: string): SpiderNumber {
  const row = db.get(
    `SELECT p.id, s.number FROM projects p
     JOIN versions v ON v.id = p.current_version
     LEFT JOIN spiders s ON s.project_id = p.id AND s.name = ?
       AND EXISTS (SELECT 1 FROM json_each(v.spiders) WHERE value = s.name)
     WHERE p.name = ?`,
    spider,
    project,
  );
  if (row === null) throw new UserError('not-found', `Unknown project "${project}".`);
  if (row.number === null) {
    throw new UserError('not-found', `Unknown spider "${spider}" of project "${project}".`);
  }
  return { projectId: row.id as number, number: row.number as number };
}

/** Takes the next job number of a spider. */
export function nextJobNumber(db: Database, { projectId, number }: SpiderNumber): number {
  return db.get(
    'UPDATE spiders SET last_job = last_job + 1 WHERE project_id = ? AND number = ? RETURNING last_job',
    projectId,
    number,
  )?.last_job as number;
}

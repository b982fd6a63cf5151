import { UserError } from '../../errors.ts';
import { LIVE_STATES } from '../../schedule/schedule.ts';
import type { Database } from './database.ts';

const LIVE = LIVE_STATES.map((state) => `'${state}'`).join(', ');

/**
 * Refuses a change of a project's versions after which a schedule could make no job. To be called in the transaction
 * of the change, behind it.
 * @param addedId the version that is added, if one is
 * @throws UserError `conflict` that says which spider is missing where
 */
export function refuseUnmetSchedules(db: Database, project: string, addedId?: number): void {
  const unmet = db.get(
    `SELECT s.spider, v.id, v.name AS version, json_extract(s.request, '$.version') AS wanted, count(*) AS n
     FROM schedules s JOIN projects p ON p.name = s.project
     LEFT JOIN versions v ON v.project_id = p.id AND v.removed = 0
       AND CASE WHEN json_extract(s.request, '$.version') IS NULL THEN v.id = p.current_version
           ELSE v.name = json_extract(s.request, '$.version') END
     WHERE s.state IN (${LIVE}) AND s.project = ?
       AND (v.id IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(v.spiders) WHERE value = s.spider))
     GROUP BY s.spider, wanted ORDER BY s.spider LIMIT 1`,
    project,
  );
  if (unmet === null) return;
  const [spider, version, wanted] = [unmet.spider, unmet.version, unmet.wanted] as (string | null)[];
  if (version === null) throw needed(Number(unmet.n), `version "${wanted ?? ''}" of project "${project}"`);
  const where = unmet.id === addedId ? 'this archive' : `version "${version}"`;
  throw new UserError(
    'conflict',
    `Spider "${spider ?? ''}" is not in ${where} of project "${project}", but has schedules (${String(unmet.n)}): cancel them first, or push an archive with the spider.`,
  );
}

/** @throws UserError `conflict` while a project has schedules */
export function refuseSchedules(db: Database, project: string): void {
  const row = db.get(`SELECT count(*) AS n FROM schedules WHERE state IN (${LIVE}) AND project = ?`, project);
  if (Number(row?.n) > 0) throw needed(Number(row?.n), `project "${project}"`);
}

function needed(count: number, what: string): UserError {
  const [are, them] = count === 1 ? ['is 1 schedule', 'it'] : [`are ${count} schedules`, 'them'];
  return new UserError('conflict', `There ${are} for ${what}: cancel ${them} first.`);
}

import { parseJson, toJsonText, type Json } from '../../json-text.ts';
import type { Activity, ProjectStore } from '../../projects/project.ts';
import type { Database, Row } from './database.ts';
import { merged } from './job-table.ts';

type ProjectData = Pick<ProjectStore, 'projectSettings' | 'setProjectSettings' | 'addActivity' | 'activity'>;

/** Since when something is told of a job, and in which words; of what happened at once the last first. */
const JOB_EVENTS = [
  { event: 'job:deleted', at: 'deleted_at', by: 'deleted' },
  { event: 'job:completed', at: 'finished_at', by: 'completed' },
  { event: 'job:started', at: 'started_at', by: 'started' },
  { event: 'job:scheduled', at: 'created_at', by: 'scheduled' },
] as const;

/** How many events are kept that clients told of one project: the last ones. */
const MOST_TOLD = 10_000;

/** What clients keep with projects, and what happened in them. */
export function projectData(db: Database): ProjectData {
  const settingsOf = (project: string) => {
    const row = db.get('SELECT settings FROM projects WHERE name = ?', project);
    return row === null ? {} : (parseJson(row.settings as string) as Record<string, Json>);
  };

  return {
    projectSettings: settingsOf,

    setProjectSettings(project, fields) {
      db.transaction(() => {
        const settings = toJsonText(merged(settingsOf(project), fields));
        db.run('UPDATE projects SET settings = ? WHERE name = ?', settings, project);
      });
    },

    addActivity(project, events, now) {
      db.transaction(() => {
        for (const event of events) {
          db.run(
            'INSERT INTO activity (project_id, at, event) SELECT id, ?, ? FROM projects WHERE name = ?',
            now,
            toJsonText(event),
            project,
          );
        }
        db.run(
          `DELETE FROM activity WHERE project_id = (SELECT id FROM projects WHERE name = ?1) AND (at, seq) <=
             (SELECT at, seq FROM activity WHERE project_id = (SELECT id FROM projects WHERE name = ?1)
              ORDER BY at DESC, seq DESC LIMIT 1 OFFSET ?2)`,
          project,
          MOST_TOLD,
        );
      });
    },

    activity(project, limit) {
      const projectId = db.get('SELECT id FROM projects WHERE name = ?', project)?.id;
      if (typeof projectId !== 'number') return [];
      // What jobs tell is in their rows already; each list is short, and they are merged here.
      const told = db
        .all(
          'SELECT seq, at, event FROM activity WHERE project_id = ? ORDER BY at DESC, seq DESC LIMIT ?',
          projectId,
          limit,
        )
        .map((row): Activity => ({ at: row.at as number, event: parseJson(row.event as string) }));
      const ofJobs = JOB_EVENTS.flatMap(({ event, at, by }) =>
        db
          .all(
            `SELECT ${at} AS at, spider_number, number, json_extract(actors, '$.${by}') AS by,
               json_extract(actors, '$.cancelled') AS cancelled FROM jobs
             WHERE project_id = ? AND ${at} IS NOT NULL ORDER BY ${at} DESC, seq DESC LIMIT ?`,
            projectId,
            limit,
          )
          .flatMap((row) => jobEvents(projectId, event, row)),
      );
      return [...told, ...ofJobs].sort((one, other) => other.at - one.at).slice(0, limit);
    },
  };
}

/** One event; two for the end of a job that somebody has cancelled. */
function jobEvents(projectId: number, event: string, row: Row): Activity[] {
  const job = `${projectId}/${String(row.spider_number)}/${String(row.number)}`;
  const told = (what: string, by: unknown): Activity => ({
    at: row.at as number,
    event: { event: what, job, ...(typeof by === 'string' ? { user: by } : {}) },
  });
  const wasCancelled = event === 'job:completed' && row.cancelled !== null;
  return [told(event, row.by), ...(wasCancelled ? [told('job:cancelled', row.cancelled)] : [])];
}

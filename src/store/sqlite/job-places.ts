import type { JobSearch } from '../../jobs/job-store.ts';
import type { Database } from './database.ts';

/** Where jobs are looked for; 0 stands for all projects, or all spiders. */
export interface Place {
  projectId: number;
  spiderNumber: number;
}

/** The places that a search names; none where it names what does not exist. Tags are known by project only. */
export function placesOf(
  db: Database,
  { project, spider, hasTags, lacksTags }: Pick<JobSearch, 'project' | 'spider' | 'hasTags' | 'lacksTags'>,
): Place[] {
  const isAnywhere = project === undefined && hasTags === undefined && lacksTags === undefined;
  if (isAnywhere && spider === undefined) return [{ projectId: 0, spiderNumber: 0 }];
  const [from, number] =
    spider === undefined
      ? ['projects p', '0']
      : ['projects p JOIN spiders s ON s.project_id = p.id AND s.name = ?', 's.number'];
  const named = project === undefined ? '' : 'WHERE p.name IN (SELECT value FROM json_each(?))';
  return db
    .all(
      `SELECT p.id, ${number} AS number FROM ${from} ${named}`,
      ...(spider === undefined ? [] : [spider]),
      ...(project === undefined ? [] : [JSON.stringify([project].flat())]),
    )
    .map((row) => ({ projectId: row.id as number, spiderNumber: row.number as number }));
}

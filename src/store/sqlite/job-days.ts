import type { JobRef } from '../../jobs/job-store.ts';
import type { Database, Value } from './database.ts';
import type { Place } from './job-places.ts';
import { MOST_PARTS, walk, type PlacedSearch, type Stretch } from './job-walk.ts';

const DAY_MS = 86_400_000;

/** How many jobs that are over a search finds among those last changed on a day, counted from the epoch. */
interface Day {
  day: number;
  jobs: number;
}

/** How many jobs that are over a search finds; null where they are not counted. */
export function countedJobs(db: Database, search: PlacedSearch): number | null {
  const counts = countsOf(search);
  if (counts === null) return null;
  const row = db.get(`SELECT coalesce(sum(jobs), 0) AS jobs FROM (${counts.sql})`, ...counts.values);
  return row?.jobs as number;
}

/** The same by days, the last first. Days with jobs of which it finds none may be among them. */
function daysOf(db: Database, search: PlacedSearch): Day[] | null {
  const counts = countsOf(search);
  if (counts === null) return null;
  return db
    .all(
      `SELECT day, sum(jobs) AS jobs FROM (${counts.sql}) GROUP BY day ORDER BY day DESC`,
      ...counts.values,
    )
    .map((row) => ({ day: row.day as number, jobs: row.jobs as number }));
}

/**
 * A stretch of the jobs that are over, without walking along what is before it as far as that is counted, nor along
 * days of which nothing is found: of many thousand jobs only a few may lack a tag.
 */
export function overRefs(db: Database, search: PlacedSearch, stretch: Stretch): JobRef[] {
  const { offset, limit, after } = stretch;
  const isFar = offset > 0 && after === undefined;
  const isSparse = search.lacksTags !== undefined && (offset === 0 || isFar);
  const days = isFar || isSparse ? daysOf(db, search) : null;
  if (days === null) return walk(db, search, stretch);
  const found: JobRef[] = [];
  let left = offset;
  let from = 0;
  while (from < days.length && left >= (days[from]?.jobs ?? 0)) left -= days[from++]?.jobs ?? 0;
  while (from < days.length && found.length < limit) {
    // Days in a row of which something is found.
    let to = from;
    while (to + 1 < days.length && days[to + 1]?.jobs !== 0) to++;
    const span = { from: (days[to]?.day ?? 0) * DAY_MS, before: ((days[from]?.day ?? 0) + 1) * DAY_MS };
    found.push(
      ...walk(db, { ...search, ...span }, { ...stretch, offset: left, limit: limit - found.length }),
    );
    left = 0;
    from = to + 1;
    while (days[from]?.jobs === 0) from++;
  }
  return found;
}

/**
 * Selects `day` and `jobs` of what is counted: the jobs of a place, and in a project those with one tag.
 * @returns null where the search is not made of such groups
 */
function countsOf({ places, states, ...search }: PlacedSearch): { sql: string; values: Value[] } | null {
  const { hasTags = [], lacksTags = [], among, from, before } = search;
  if ([among, from, before].some((given) => given !== undefined)) return null;
  // Under the name of no tag all are counted.
  if (search.hasTags?.length === 0 || [...hasTags, ...lacksTags].includes('')) return null;
  const tags = hasTags.length + lacksTags.length;
  if (tags > 1 || (tags === 1 && places.some(({ spiderNumber }) => spiderNumber !== 0))) return null;
  const groups = places.map((place): Group => ({ place, tag: hasTags[0] ?? '', sign: '' }));
  // Those that lack it are all without those that have it.
  for (const tag of lacksTags) groups.push(...places.map((place): Group => ({ place, tag, sign: '-' })));
  if (groups.length > MOST_PARTS) return null;
  if (groups.length === 0) return { sql: 'SELECT 0 AS day, 0 AS jobs WHERE false', values: [] };
  const inStates = states.map(() => '?').join(', ');
  return {
    sql: groups
      .map(
        ({ sign }) => `SELECT day, ${sign}jobs AS jobs FROM job_counts
          WHERE project_id = ? AND spider_number = ? AND tag = ? AND state IN (${inStates})`,
      )
      .join(' UNION ALL '),
    values: groups.flatMap(({ place, tag }) => [place.projectId, place.spiderNumber, tag, ...states]),
  };
}

interface Group {
  place: Place;
  tag: string;
  sign: '' | '-';
}

import type { JobState } from '../../jobs/job.ts';
import type { JobRef, JobSearch } from '../../jobs/job-store.ts';
import type { Database, Value } from './database.ts';
import type { Place } from './job-places.ts';

/** A search whose places are found; only those of its fields that an index does not know are looked up row by row. */
export interface PlacedSearch extends Omit<JobSearch, 'project' | 'spider' | 'states'> {
  places: readonly Place[];
  states: readonly JobState[];
}

/** Which part of what is found, the last changed first. */
export interface Stretch {
  offset: number;
  limit: number;
  /** Only those behind this one. */
  after?: JobRef;
  /** None from this one on. */
  stopAt?: JobRef;
}

/** SQLite takes 500 parts of one statement. */
export const MOST_PARTS = 400;

const NEWEST_FIRST = 'ORDER BY changed_at DESC, seq DESC';

/** Jobs found by walking along indexes, which have the order already. */
export function walk(db: Database, search: PlacedSearch, { offset, limit, ...ends }: Stretch): JobRef[] {
  const all = partsOf(search, ends);
  const found: JobRef[] = [];
  for (let at = 0; at < all.length; at += MOST_PARTS) {
    const parts = all.slice(at, at + MOST_PARTS);
    const isAll = all.length <= MOST_PARTS;
    const rows = db.all(
      `${parts.map(({ sql }) => sql).join(joint(search))} ${NEWEST_FIRST} LIMIT ? OFFSET ?`,
      ...parts.flatMap(({ values }) => values),
      isAll ? limit : offset + limit,
      isAll ? offset : 0,
    );
    for (const row of rows) found.push({ changedAt: row.changed_at as number, seq: row.seq as number });
    if (isAll) return found;
  }
  return found
    .sort((one, other) => other.changedAt - one.changedAt || other.seq - one.seq)
    .slice(offset, offset + limit);
}

/** How many there are. */
export function walkedCount(db: Database, search: PlacedSearch): number {
  const all = partsOf(search, {});
  let count = 0;
  for (let at = 0; at < all.length; at += MOST_PARTS) {
    const parts = all.slice(at, at + MOST_PARTS);
    const sql = `SELECT count(*) AS n FROM (${parts.map((part) => part.sql).join(joint(search))})`;
    count += db.get(sql, ...parts.flatMap(({ values }) => values))?.n as number;
  }
  return count;
}

/** A job may have several of the tags. */
function joint({ hasTags = [] }: PlacedSearch): string {
  return hasTags.length > 1 ? ' UNION ' : ' UNION ALL ';
}

interface Part {
  sql: string;
  values: Value[];
}

/** A walk for each place, state and tag; of very many tags one for all, so that one statement sees a job's several. */
function partsOf(search: PlacedSearch, ends: Pick<Stretch, 'after' | 'stopAt'>): Part[] {
  const { places, states, hasTags = [null] } = search;
  const tags = places.length * states.length * hasTags.length > MOST_PARTS ? [null] : hasTags;
  return places.flatMap((place) =>
    states.flatMap((state) => tags.map((tag) => part(search, ends, { place, state, tag }))),
  );
}

function part(
  { hasTags, lacksTags, among, from, before }: PlacedSearch,
  { after, stopAt }: Pick<Stretch, 'after' | 'stopAt'>,
  { place, state, tag }: { place: Place; state: JobState; tag: string | null },
): Part {
  const conditions: [string, ...Value[]][] = [['state = ?', state]];
  if (place.projectId !== 0) conditions.push(['project_id = ?', place.projectId]);
  if (place.spiderNumber !== 0) conditions.push(['spider_number = ?', place.spiderNumber]);
  if (tag !== null) conditions.push(['tag = ?', tag]);
  if (from !== undefined) conditions.push(['changed_at >= ?', from]);
  if (before !== undefined) {
    // The walk begins at the lower of both: SQLite takes only one of them for it.
    conditions.push(['changed_at < ?', after === undefined ? before : Math.min(before, after.changedAt + 1)]);
  }
  if (after !== undefined) conditions.push(['(changed_at, seq) < (?, ?)', after.changedAt, after.seq]);
  if (stopAt !== undefined) conditions.push(['(changed_at, seq) > (?, ?)', stopAt.changedAt, stopAt.seq]);
  if (among !== undefined)
    conditions.push(['seq IN (SELECT value FROM json_each(?))', JSON.stringify(among)]);
  if (tag === null && hasTags !== undefined) conditions.push([HAS, JSON.stringify(hasTags)]);
  if (lacksTags !== undefined) conditions.push([LACKS, JSON.stringify(lacksTags)]);
  return {
    sql: `SELECT changed_at, seq FROM ${tag === null ? 'jobs' : 'job_tags'} AS found
      WHERE ${conditions.map(([text]) => text).join(' AND ')}`,
    values: conditions.flatMap(([, ...values]) => values),
  };
}

const HAS = `EXISTS (SELECT 1 FROM job_tags t WHERE t.project_id = found.project_id
  AND t.tag IN (SELECT value FROM json_each(?)) AND t.state = found.state AND t.changed_at = found.changed_at
  AND t.seq = found.seq)`;
const LACKS = `NOT ${HAS}`;

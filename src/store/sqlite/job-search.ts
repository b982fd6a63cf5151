import type { JobState } from '../../jobs/job.ts';
import type { JobSearch, JobStore } from '../../jobs/job-store.ts';
import { FINAL_STATES } from '../../jobs/states.ts';
import type { Database, Value } from './database.ts';
import { toJob } from './job-rows.ts';

type JobSearches = Pick<JobStore, 'searchJobs' | 'countJobs' | 'lastOfSpiders' | 'jobsUnder' | 'jobByKey'>;

const ALL_STATES: readonly JobState[] = ['PENDING', 'RUNNING', ...FINAL_STATES, 'DELETED'];

const NEWEST_FIRST = 'ORDER BY changed_at DESC, seq DESC';

/** Jobs as clients of Scrapy Cloud look for them: in one project, by state, spider, tags and time. */
export function jobSearch(db: Database): JobSearches {
  return {
    searchJobs(search, { offset, limit, after, stopAt }) {
      const { condition, values } = conditionOf(search);
      const behind = after === undefined ? '' : 'AND (changed_at, seq) < (?, ?)';
      const until = stopAt === undefined ? '' : 'AND (changed_at, seq) > (?, ?)';
      const bounds = [after, stopAt].flatMap((ref) => (ref === undefined ? [] : [ref.changedAt, ref.seq]));
      const states = search.states ?? ALL_STATES;
      // Each state is a walk along an index that has the order already; of all of them together SQLite would sort every row.
      const ofState = `SELECT * FROM (SELECT seq, changed_at FROM jobs WHERE state = ? AND ${condition} ${behind} ${until}
        ${NEWEST_FIRST} LIMIT ?)`;
      if (states.length === 0) return [];
      return db
        .all(
          `SELECT jobs.* FROM (
             SELECT seq AS found FROM (${states.map(() => ofState).join(' UNION ALL ')}) ${NEWEST_FIRST} LIMIT ? OFFSET ?
           ) CROSS JOIN jobs ON jobs.seq = found ${NEWEST_FIRST}`,
          ...states.flatMap((state) => [state, ...values, ...bounds, offset + limit]),
          limit,
          offset,
        )
        .map(toJob);
    },

    countJobs(search) {
      const { condition, values } = conditionOf(search);
      const states = search.states ?? ALL_STATES;
      const row = db.get(
        `SELECT count(*) AS n FROM jobs WHERE state IN (${states.map(() => '?').join(', ')}) AND ${condition}`,
        ...states,
        ...values,
      );
      return row?.n as number;
    },

    lastOfSpiders({ project, from, limit }) {
      // A seek for each spider and state, however many jobs they have.
      const last = FINAL_STATES.map(
        (state) => `SELECT * FROM (SELECT changed_at, seq FROM jobs
          WHERE project_id = s.project_id AND spider_number = s.number AND state = '${state}' ${NEWEST_FIRST} LIMIT 1)`,
      );
      return db
        .all(
          `SELECT jobs.* FROM spiders s JOIN jobs
             ON jobs.seq = (SELECT seq FROM (${last.join(' UNION ALL ')}) ${NEWEST_FIRST} LIMIT 1)
           WHERE s.project_id = ${PROJECT_ID} AND s.number >= ? ORDER BY s.number LIMIT ?`,
          project,
          from,
          limit,
        )
        .map(toJob);
    },

    jobsUnder({ project, spider }, { after, limit }) {
      const [number, jobNumber] = after === undefined ? [0, 0] : after.split('/').slice(1).map(Number);
      const ofSpider = spider === undefined ? '' : `AND spider_number = ${SPIDER_NUMBER}`;
      return db
        .all(
          `SELECT * FROM jobs WHERE project_id = ${PROJECT_ID} ${ofSpider}
             AND (spider_number, number) > (?, ?) AND state <> 'DELETED'
           ORDER BY spider_number, number LIMIT ?`,
          project,
          ...(spider === undefined ? [] : [project, spider]),
          number ?? 0,
          jobNumber ?? 0,
          limit,
        )
        .map(toJob);
    },

    jobByKey(key) {
      const numbers = key.split('/').map(Number);
      if (numbers.length !== 3 || !numbers.every(Number.isSafeInteger)) return null;
      const row = db.get(
        'SELECT * FROM jobs WHERE project_id = ? AND spider_number = ? AND number = ?',
        ...numbers,
      );
      return row === null ? null : toJob(row);
    },
  };
}

const PROJECT_ID = '(SELECT id FROM projects WHERE name = ?)';
const SPIDER_NUMBER = `(SELECT number FROM spiders WHERE project_id = ${PROJECT_ID} AND name = ?)`;

/** Whether it has one of these tags; most jobs have none at all. */
const TAGGED = `(tags <> '[]' AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(?))))`;

/** What a search says beside the states. */
function conditionOf({ project, spider, hasTags, lacksTags, among, from, before }: JobSearch): {
  condition: string;
  values: Value[];
} {
  const parts: [string, ...Value[]][] = [[`project_id = ${PROJECT_ID}`, project]];
  if (spider !== undefined) parts.push([`spider_number = ${SPIDER_NUMBER}`, project, spider]);
  if (among !== undefined) parts.push(['seq IN (SELECT value FROM json_each(?))', JSON.stringify(among)]);
  if (from !== undefined) parts.push(['changed_at >= ?', from]);
  if (before !== undefined) parts.push(['changed_at < ?', before]);
  if (hasTags !== undefined) parts.push([TAGGED, JSON.stringify(hasTags)]);
  if (lacksTags !== undefined) parts.push([`NOT ${TAGGED}`, JSON.stringify(lacksTags)]);
  return {
    condition: parts.map(([text]) => text).join(' AND '),
    values: parts.flatMap(([, ...values]) => values),
  };
}

import type { JobSearch, JobStore } from '../../jobs/job-store.ts';
import type { Database, Value } from './database.ts';
import { toJob } from './job-rows.ts';

type JobSearches = Pick<JobStore, 'searchJobs' | 'countJobs' | 'jobsUnder' | 'jobByKey'>;

const PROJECT_ID = '(SELECT id FROM projects WHERE name = ?)';

/** Jobs as clients of Scrapy Cloud look for them: in one project, by state, spider, tags and time. */
export function jobSearch(db: Database): JobSearches {
  return {
    searchJobs(search, { offset, limit, after, stopAt }) {
      const { condition, values } = conditionOf(search);
      const until = stopAt === undefined ? '' : 'AND (changed_at, seq) > (?, ?)';
      const behind = after === undefined ? '' : 'AND (changed_at, seq) < (?, ?)';
      return db
        .all(
          `SELECT * FROM jobs WHERE ${condition} ${behind} ${until} ORDER BY changed_at DESC, seq DESC LIMIT ? OFFSET ?`,
          ...values,
          ...(after === undefined ? [] : [after.changedAt, after.seq]),
          ...(stopAt === undefined ? [] : [stopAt.changedAt, stopAt.seq]),
          limit,
          offset,
        )
        .map(toJob);
    },

    countJobs(search) {
      const { condition, values } = conditionOf(search);
      return db.get(`SELECT count(*) AS n FROM jobs WHERE ${condition}`, ...values)?.n as number;
    },

    jobsUnder({ project, spider }, { after, limit }) {
      const [number, jobNumber] = after === undefined ? [0, 0] : after.split('/').slice(1).map(Number);
      return db
        .all(
          `SELECT * FROM jobs WHERE project_id = ${PROJECT_ID} AND (spider_number, number) > (?, ?) AND state <> 'DELETED'
             ${spider === undefined ? '' : `AND spider_number = (SELECT number FROM spiders WHERE project_id = jobs.project_id AND name = ?)`}
           ORDER BY spider_number, number LIMIT ?`,
          project,
          number ?? 0,
          jobNumber ?? 0,
          ...(spider === undefined ? [] : [spider]),
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

function conditionOf({ project, spider, states, hasTags, lacksTags, from, before }: JobSearch): {
  condition: string;
  values: Value[];
} {
  const parts: [string, ...Value[]][] = [[`project_id = ${PROJECT_ID}`, project]];
  if (states !== undefined) parts.push([`state IN (${states.map(() => '?').join(', ')})`, ...states]);
  if (spider !== undefined) parts.push(['spider = ?', spider]);
  if (from !== undefined) parts.push(['changed_at >= ?', from]);
  if (before !== undefined) parts.push(['changed_at < ?', before]);
  if (hasTags !== undefined) parts.push([`EXISTS ${TAGGED}`, JSON.stringify(hasTags)]);
  if (lacksTags !== undefined) parts.push([`NOT EXISTS ${TAGGED}`, JSON.stringify(lacksTags)]);
  return {
    condition: parts.map(([text]) => text).join(' AND '),
    values: parts.flatMap(([, ...values]) => values),
  };
}

const TAGGED = `(SELECT 1 FROM json_each(tags) WHERE value IN (SELECT value FROM json_each(?)))`;

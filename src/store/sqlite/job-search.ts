import type { JobState } from '../../jobs/job.ts';
import type { JobRef, JobSearch, JobStore } from '../../jobs/job-store.ts';
import { FINAL_STATES, isFinal } from '../../jobs/states.ts';
import type { Database } from './database.ts';
import { countedJobs, overRefs } from './job-days.ts';
import { placesOf } from './job-places.ts';
import { jobsOf, toJob } from './job-rows.ts';
import { walk, walkedCount, type Stretch } from './job-walk.ts';

type JobSearches = Pick<JobStore, 'searchJobs' | 'countJobs' | 'lastOfSpiders' | 'jobsUnder' | 'jobByKey'>;

const ALL_STATES: readonly JobState[] = ['PENDING', 'RUNNING', ...FINAL_STATES, 'DELETED'];

const NEWEST_FIRST = 'ORDER BY changed_at DESC, seq DESC';

/** Jobs as clients look for them: by project, state, spider, tags and time. */
export function jobSearch(db: Database): JobSearches {
  return {
    searchJobs(search, page) {
      return jobsOf(db, searchRefs(db, search, page));
    },

    countJobs: (search) => countJobs(db, search),

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

/** Where the jobs of a search are, and the states that they are in: those that wait or work, and those that are over. */
function placed(db: Database, { states = ALL_STATES, ...search }: JobSearch) {
  const places = placesOf(db, search);
  return {
    active: { ...search, places, states: states.filter((state) => !isFinal(state)) },
    over: { ...search, places, states: states.filter(isFinal) },
  };
}

function searchRefs(db: Database, search: JobSearch, { offset, limit, ...ends }: Stretch): JobRef[] {
  const { active, over } = placed(db, search);
  // They are few, so that all before the page can be read.
  const few =
    active.states.length === 0 ? [] : walk(db, active, { ...ends, offset: 0, limit: offset + limit });
  if (over.states.length === 0) return few.slice(offset);
  // At least so many of the others are before the page.
  const skipped = Math.max(0, offset - few.length);
  const many = overRefs(db, over, { ...ends, offset: skipped, limit: offset - skipped + limit });
  if (few.length === 0) return many;
  return [...few, ...many]
    .sort((one, other) => other.changedAt - one.changedAt || other.seq - one.seq)
    .slice(offset - skipped, offset - skipped + limit);
}

function countJobs(db: Database, search: JobSearch): number {
  const { lacksTags, ...wider } = search;
  if (lacksTags !== undefined && search.hasTags === undefined) {
    return countJobs(db, wider) - countJobs(db, { ...wider, hasTags: lacksTags });
  }
  const { active, over } = placed(db, search);
  return walkedCount(db, active) + (countedJobs(db, over) ?? walkedCount(db, over));
}

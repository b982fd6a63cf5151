import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';
import { UserError } from '../../../errors.ts';
import type { JobState } from '../../../jobs/job.ts';
import type { JobRef, JobStore } from '../../../jobs/job-store.ts';
import { ACTIVE_STATES, FINAL_STATES } from '../../../jobs/states.ts';
import type { Schedule, ScheduleState } from '../../../schedule/schedule.ts';
import type { ScheduleStore } from '../../../schedule/schedule-store.ts';
import type { Params } from '../../params.ts';
import { jobJson, scheduleJson, type JobJson } from './job-json.ts';
import { toJson } from './reply.ts';

/** Jobs read and written in one turn of the event loop. */
const CHUNK = 200;

interface States {
  jobs: readonly JobState[];
  schedules: readonly ScheduleState[];
}

/** What each word of `status` lists. */
const STATUS_WORDS: Record<string, States> = {
  SCHEDULED: { jobs: [], schedules: ['SCHEDULED'] },
  PENDING: { jobs: ['PENDING'], schedules: [] },
  RUNNING: { jobs: ['RUNNING'], schedules: [] },
  CANCELED: { jobs: ['CANCELED'], schedules: ['CANCELED'] },
  SUCCESSFUL: { jobs: ['SUCCESSFUL'], schedules: [] },
  FAILED: { jobs: ['FAILED'], schedules: [] },
  ACTIVE: { jobs: ACTIVE_STATES, schedules: ['SCHEDULED'] },
  COMPLETED: { jobs: FINAL_STATES, schedules: ['CANCELED'] },
};

export interface JobListQuery {
  states: States;
  project?: string;
  spider?: string;
  offset: number;
  limit: number;
}

/** @throws UserError `invalid` */
export function readListQuery(params: Params): JobListQuery {
  const status = params.require('status');
  const states = Object.hasOwn(STATUS_WORDS, status) ? STATUS_WORDS[status] : undefined;
  if (states === undefined) {
    throw new UserError(
      'invalid',
      `Unknown status "${status}": use one of ${Object.keys(STATUS_WORDS).join(', ')}.`,
    );
  }
  const [project, spider] = [params.get('project'), params.get('spider')];
  return {
    states,
    ...(project === null ? {} : { project }),
    ...(spider === null ? {} : { spider }),
    offset: readCount(params, 'offset') ?? 0,
    limit: readCount(params, 'limit') ?? Infinity,
  };
}

/**
 * Streams the list, the last changed first. What is in it is fixed at the beginning; each row shows the job as
 * it is when it is written, and a job that has left the asked states by then is left out.
 */
export async function sendJobList(
  res: Response,
  store: JobStore & ScheduleStore,
  query: JobListQuery,
): Promise<void> {
  const { states, offset, limit, ...filter } = query;
  const jobs = states.jobs.length === 0 ? [] : store.listJobs({ ...filter, states: states.jobs });
  const schedules = states.schedules.flatMap((state) => store.listSchedules({ ...filter, state }));
  const rows = merge(jobs, schedules).slice(offset, offset + limit);

  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.write('{"status": "ok", "jobs": [');
  let separator = '';
  for (let at = 0; at < rows.length && !res.closed; at += CHUNK) {
    const chunk = rows.slice(at, at + CHUNK).flatMap((row) => render(row, store, states));
    if (chunk.length > 0) {
      const isDrained = res.write(separator + chunk.map((job) => toJson(job)).join(', '));
      separator = ', ';
      if (!isDrained) await drained(res);
    }
    await setImmediate();
  }
  res.end(']}\n');
}

/** Resolves when the reader takes more, or has left. */
async function drained(res: Response): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(res, 'drain', { signal }), once(res, 'close', { signal })]);
  } finally {
    // A slow reader would gather a listener with every chunk.
    settled.abort();
  }
}

type ListRow = JobRef | Schedule;

function render(row: ListRow, store: JobStore, { jobs }: States): JobJson[] {
  if ('request' in row) return [scheduleJson(row)];
  return store
    .jobs([row])
    .filter((job) => jobs.includes(job.state))
    .map(jobJson);
}

/** Two lists, each the last changed first, as one. */
function merge(jobs: readonly JobRef[], schedules: readonly Schedule[]): ListRow[] {
  if (schedules.length === 0) return [...jobs];
  return [...schedules, ...jobs].sort((a, b) => b.changedAt - a.changedAt);
}

function readCount(params: Params, name: string): number | null {
  const text = params.get(name);
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UserError('invalid', `Parameter "${name}" must be a whole number from 0, not "${text}".`);
}

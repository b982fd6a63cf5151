import type { Response } from 'express';
import type { StoreView } from '../../../access/store-view.ts';
import { UserError } from '../../../errors.ts';
import type { JobState } from '../../../jobs/job.ts';
import type { JobRef } from '../../../jobs/job-store.ts';
import { ACTIVE_STATES, FINAL_STATES } from '../../../jobs/states.ts';
import { LIVE_STATES, type Schedule, type ScheduleState } from '../../../schedule/schedule.ts';
import type { Params } from '../../params.ts';
import { toJson } from '../../python-json.ts';
import { chunksOf, writeChunks } from '../../write-chunks.ts';
import { jobJson, scheduleJson, type JobJson } from './job-json.ts';

interface States {
  jobs: readonly JobState[];
  schedules: readonly ScheduleState[];
}

/** What each word of `status` lists. */
const STATUS_WORDS: Record<string, States> = {
  SCHEDULED: { jobs: [], schedules: LIVE_STATES },
  PENDING: { jobs: ['PENDING'], schedules: [] },
  RUNNING: { jobs: ['RUNNING'], schedules: [] },
  CANCELED: { jobs: ['CANCELED'], schedules: ['CANCELED'] },
  SUCCESSFUL: { jobs: ['SUCCESSFUL'], schedules: [] },
  FAILED: { jobs: ['FAILED'], schedules: [] },
  ACTIVE: { jobs: ACTIVE_STATES, schedules: LIVE_STATES },
  COMPLETED: { jobs: FINAL_STATES, schedules: ['CANCELED', 'ENDED'] },
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
export async function sendJobList(res: Response, store: StoreView, query: JobListQuery): Promise<void> {
  const { states, offset, limit, ...filter } = query;
  const jobs = states.jobs.length === 0 ? [] : store.listJobs({ ...filter, states: states.jobs });
  const schedules = store.listSchedules({ ...filter, states: states.schedules });
  const rows = merge(jobs, schedules).slice(offset, offset + limit);

  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Access-Control-Allow-Origin', '*');
  await writeChunks(res, listText(rows, store, states));
}

function* listText(rows: readonly ListRow[], store: StoreView, states: States): Generator<string> {
  yield '{"status": "ok", "jobs": [';
  let separator = '';
  for (const chunk of chunksOf(rows)) {
    const jobs = chunk.flatMap((row) => render(row, store, states));
    yield jobs.length === 0 ? '' : separator + jobs.map((job) => toJson(job)).join(', ');
    if (jobs.length > 0) separator = ', ';
  }
  yield ']}\n';
}

type ListRow = JobRef | Schedule;

function render(row: ListRow, store: StoreView, { jobs }: States): JobJson[] {
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

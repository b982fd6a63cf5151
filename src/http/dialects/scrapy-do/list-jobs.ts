import type { Response } from 'express';
import type { StoreView } from '../../../access/store-view.ts';
import { UserError } from '../../../errors.ts';
import { ACTIVE_STATES, FINAL_STATES } from '../../../jobs/states.ts';
import { LIVE_STATES } from '../../../schedule/schedule.ts';
import type { Params } from '../../params.ts';
import { toJson } from '../../python-json.ts';
import { writeChunks } from '../../write-chunks.ts';
import { jobJson, scheduleJson } from './job-json.ts';
import { isSchedule, listPieces, type ListRow, type States } from './list-rows.ts';

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

/** Streams the list, the last changed first; see {@link listPieces}. */
export async function sendJobList(res: Response, store: StoreView, query: JobListQuery): Promise<void> {
  const { states, offset, limit, ...names } = query;
  const pieces = listPieces(store, names, states, { offset, limit });

  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Access-Control-Allow-Origin', '*');
  await writeChunks(res, listText(pieces));
}

function* listText(pieces: Iterable<readonly ListRow[]>): Generator<string> {
  yield '{"status": "ok", "jobs": [';
  let separator = '';
  for (const piece of pieces) {
    const rows = piece.map((row) => toJson(isSchedule(row) ? scheduleJson(row) : jobJson(row)));
    yield rows.length === 0 ? '' : separator + rows.join(', ');
    if (rows.length > 0) separator = ', ';
  }
  yield ']}\n';
}

function readCount(params: Params, name: string): number | null {
  const text = params.get(name);
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UserError('invalid', `Parameter "${name}" must be a whole number from 0, not "${text}".`);
}

import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { Records } from '../../../../records/records.ts';
import type { Params } from '../../../params.ts';
import { projectOf } from '../project-of.ts';
import { sendItems, sendLog } from '../storage/legacy-records.ts';
import { Query } from '../storage/query.ts';
import { readCsv } from '../storage/record-csv.ts';
import { levelNumber } from '../storage/record-text.ts';
import type { Handler } from './endpoint.ts';
import { checkKey } from './find-jobs.ts';
import { optional, optionalNumber, required } from './parameters.ts';

/** `items.jl`, `.json` and `.csv`: the items of a job. */
export function items(records: Records, format: 'jl' | 'json' | 'csv'): Handler {
  return async ({ params, core, req, res }) => {
    const job = jobOf(params, core);
    const csv = format === 'csv' ? readCsv(new Query(req), 'items') : null;
    const meta = params.allOfOnePlace('meta').flatMap((names) => names.split(','));
    await sendItems(res, records, job, { ...readPage(params), meta }, { format, csv });
    return null;
  };
}

/** `log.jl`, `.json` and `.txt`: what a job has logged. */
export function log(records: Records, format: 'jl' | 'json' | 'text'): Handler {
  return async ({ params, core, res }) => {
    const job = jobOf(params, core);
    await sendLog(res, records, job, { ...readPage(params), level: readLevel(params) }, format);
    return null;
  };
}

/** @throws UserError `invalid`, `not-found` */
function jobOf(params: Params, core: CoreView): Job {
  const project = projectOf(core, required(params, 'project'));
  const key = checkKey(required(params, 'job'), project.id);
  const job = core.store.jobByKey(key);
  if (job === null) throw new UserError('not-found', `There is no job "${key}".`);
  return job;
}

/** A count below zero asks for the last ones. */
function readPage(params: Params): { offset: number; count: number | null } {
  const isLatest = /^-\d+$/.test(optional(params, 'count') ?? '');
  return {
    offset: optionalNumber(params, 'offset') ?? 0,
    count: isLatest ? Number(optional(params, 'count')) : optionalNumber(params, 'count'),
  };
}

function readLevel(params: Params): number | null {
  const text = optional(params, 'level');
  if (text === null || text === '') return null;
  const level = levelNumber(text);
  if (level !== null) return level;
  throw new UserError(
    'invalid',
    `"${text}" is no level of a log: use DEBUG, INFO, WARNING, ERROR or CRITICAL.`,
  );
}

import type { Request } from 'express';
import { UserError } from '../../../../errors.ts';
import type { Params } from '../../../params.ts';
import { clamped, given, isSet, numberOf } from './record-params.ts';
import { readFilter, type Filter } from './record-filter.ts';
import { formatOf, type FormatName } from './record-formats.ts';
import type { Target } from './record-target.ts';

/** Which records are wanted, and how. */
export interface RecordQuery {
  /** The job whose records come first, where the target has several; null: the first. */
  job: string | null;
  /** Number of the first record that is wanted of that job. */
  from: number;
  count: number;
  /** Numbers of the only ones that are wanted; none: all are. */
  indexes: number[];
  filters: Filter[];
  /** When they were written, in ms: from the first on, before the second. */
  startTs: number;
  endTs: number;
  hasKey: boolean;
  hasTs: boolean;
  hasData: boolean;
  format: FormatName;
}

const MOST_INDEXES = 1000;

/** @throws UserError `invalid` for values that mean nothing; parameters that are not known do not matter */
export function readQuery(req: Request, params: Params, target: Target): RecordQuery {
  const { job, from } = startOf(params, target);
  const meta = params.all('meta').flatMap((value) => value.split(','));
  const format = formatOf(params.all('format').at(-1) ?? null, req.headers.accept);
  const fields = params.all('fields').flatMap((value) => value.split(','));
  return {
    job,
    from,
    count: numberOf(params, 'count') ?? Infinity,
    indexes: target.number === null ? indexesOf(params) : [target.number],
    filters: params.all('filter').map(readFilter),
    startTs: numberOf(params, 'startts') ?? -Infinity,
    endTs: numberOf(params, 'endts') ?? Infinity,
    hasKey: meta.includes('_key') || (format === 'csv' && fields.includes('_key')),
    hasTs: meta.includes('_ts') || (format === 'csv' && fields.includes('_ts')),
    hasData: !isSet(params, 'nodata'),
    format,
  };
}

/** Where to begin: `start` or, behind that one, `startafter`, with a whole key or only the number of a record. */
function startOf(params: Params, target: Target): { job: string | null; from: number } {
  const [name, text] =
    given(params, 'startafter') === null
      ? ['start', given(params, 'start')]
      : ['startafter', given(params, 'startafter')];
  if (text === null) return { job: null, from: 0 };
  const [, job, number] = /^(?:(\d+\/\d+\/\d+)\/)?(\d+)$/.exec(text) ?? [];
  if (number === undefined) {
    throw new UserError(
      'invalid',
      `Parameter "${name}" is "${text}": use the key of a record, "PROJECT/SPIDER/JOB/NUMBER".`,
    );
  }
  if (job === undefined && !target.isJob) {
    throw new UserError(
      'invalid',
      `Parameter "${name}" is "${text}": where there are several jobs it must be a whole key, "PROJECT/SPIDER/JOB/NUMBER".`,
    );
  }
  if (job !== undefined && !`${job}/`.startsWith(`${target.key}/`)) {
    throw new UserError('invalid', `Parameter "${name}" is "${text}", which is not of "${target.key}".`);
  }
  const from = clamped(number) + (name === 'startafter' ? 1 : 0);
  return { job: target.isJob ? null : (job ?? null), from };
}

function indexesOf(params: Params): number[] {
  const indexes = params.all('index').filter((text) => text !== '');
  const wrong = indexes.find((text) => !/^\d+$/.test(text));
  if (wrong !== undefined)
    throw new UserError('invalid', `Parameter "index" is "${wrong}": use the number of a record.`);
  if (indexes.length > MOST_INDEXES)
    throw new UserError('invalid', `Parameter "index" is given more than ${MOST_INDEXES} times.`);
  return [...new Set(indexes.map(clamped))].sort((one, other) => one - other);
}

import { UserError } from '../../../../errors.ts';
import { clamped, type Query } from './query.ts';
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
export function readQuery(query: Query, accept: string | undefined, target: Target): RecordQuery {
  const { job, from } = startOf(query, target);
  const meta = query.all('meta').flatMap((value) => value.split(','));
  const format = formatOf(query.one('format'), accept);
  const fields = query.all('fields').flatMap((value) => value.split(','));
  return {
    job,
    from,
    count: query.whole('count') ?? Infinity,
    indexes: target.number === null ? indexesOf(query) : [target.number],
    filters: query.all('filter').map(readFilter),
    startTs: query.whole('startts') ?? -Infinity,
    endTs: query.whole('endts') ?? Infinity,
    hasKey: meta.includes('_key') || (format === 'csv' && fields.includes('_key')),
    hasTs: meta.includes('_ts') || (format === 'csv' && fields.includes('_ts')),
    hasData: !query.isSet('nodata'),
    format,
  };
}

/** Where to begin: `start` or, behind that one, `startafter`, with a whole key or only the number of a record. */
function startOf(query: Query, target: Target): { job: string | null; from: number } {
  const after = query.one('startafter');
  const [name, text] = after === null ? ['start', query.one('start')] : ['startafter', after];
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

function indexesOf(query: Query): number[] {
  const indexes = query.all('index').filter((text) => text !== '');
  const wrong = indexes.find((text) => !/^\d+$/.test(text));
  if (wrong !== undefined)
    throw new UserError('invalid', `Parameter "index" is "${wrong}": use the number of a record.`);
  if (indexes.length > MOST_INDEXES)
    throw new UserError('invalid', `Parameter "index" is given more than ${MOST_INDEXES} times.`);
  return [...new Set(indexes.map(clamped))].sort((one, other) => one - other);
}

import type { Response } from 'express';
import type { Job } from '../../../../jobs/job.ts';
import { runsHere } from '../../../../jobs/stages.ts';
import { fieldsOf } from '../../../../records/json-fields.ts';
import type { Records } from '../../../../records/records.ts';
import type { Csv } from './record-csv.ts';
import { readFilter, type Filter } from './record-filter.ts';
import { formatAs, type FormatName } from './record-formats.ts';
import type { RecordQuery } from './record-query.ts';
import { logLine, plainText } from './record-text.ts';
import { selectRecords } from './select-records.ts';
import { sendRecords } from './send-records.ts';

/** The part of a job's records that the old API asks for. */
export interface LegacyPage {
  /** Records that are left out at the beginning. */
  offset: number;
  /** How many are wanted: of a negative number that many of the latest; null: all. */
  count: number | null;
}

/** Answers with a job's items, as `/api/items.jl`, `.json` and `.csv` do; for a table it must be told which. */
export async function sendItems(
  res: Response,
  records: Records,
  job: Job,
  page: LegacyPage & { meta: readonly string[] },
  as: { format: FormatName; csv: Csv | null } = { format: 'jl', csv: null },
): Promise<void> {
  const query = await queryOf(records, job, 'items', page, []);
  const items = selectRecords(
    records,
    [job],
    { kind: 'items', field: null },
    {
      ...query,
      hasKey: page.meta.includes('_key'),
      hasTs: page.meta.includes('_ts'),
    },
  );
  await sendRecords(res, formatAs(as.format, as.csv, plainText), items);
}

/**
 * Answers with a job's log, as `/api/log.jl`, `.json` and `.txt` do.
 * @param page.level the number of the lowest level that is wanted; null: all are
 */
export async function sendLog(
  res: Response,
  records: Records,
  job: Job,
  page: LegacyPage & { level: number | null },
  format: FormatName = 'jl',
): Promise<void> {
  const filters = page.level === null ? [] : [readFilter(`["level",">=",[${page.level}]]`)];
  const query = await queryOf(records, job, 'logs', page, filters);
  const entries = selectRecords(records, [job], { kind: 'logs', field: null }, query);
  const shown = format === 'text' ? entries : renamed(entries);
  await sendRecords(res, formatAs(format, null, logLine), shown);
}

async function queryOf(
  records: Records,
  job: Job,
  kind: 'items' | 'logs',
  { offset, count }: LegacyPage,
  filters: Filter[],
): Promise<RecordQuery> {
  const isLatest = count !== null && count < 0;
  const total = isLatest ? (await records.tally(job.id, kind, runsHere(job))).count : 0;
  return {
    job: null,
    from: isLatest ? Math.max(0, total + count) : offset,
    count: isLatest ? -count : (count ?? Infinity),
    indexes: [],
    filters,
    startTs: -Infinity,
    endTs: Infinity,
    hasKey: false,
    hasTs: false,
    hasData: true,
    format: 'jl',
  };
}

/** Log entries with the names that the old API has for their fields. */
async function* renamed(pieces: AsyncIterable<Buffer[]>): AsyncGenerator<Buffer[]> {
  for await (const entries of pieces) yield entries.map(asLegacy);
}

function asLegacy(entry: Buffer): Buffer {
  const fields = new Map(
    fieldsOf(entry).map(({ name, start, end }) => [name, entry.toString('utf8', start, end)]),
  );
  const [level, message, time] = ['level', 'message', 'time'].map((name) => fields.get(name) ?? 'null');
  return Buffer.from(`{"logLevel":${level},"message":${message},"time":${time}}`);
}

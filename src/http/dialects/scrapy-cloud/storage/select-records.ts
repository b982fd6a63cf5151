import type { Job } from '../../../../jobs/job.ts';
import { fieldsOf } from '../../../../records/json-fields.ts';
import type { RecordKind } from '../../../../records/record-kind.ts';
import type { Row } from '../../../../records/read-rows.ts';
import type { Records } from '../../../../records/records.ts';
import type { RecordQuery } from './record-query.ts';
import type { Target } from './record-target.ts';

const CLOSING_BRACE = Buffer.from('}');

/** The documents that are asked for of these jobs, as JSON, in pieces; an empty one only says that more was looked at. */
export async function* selectRecords(
  records: Records,
  jobs: Iterable<Job>,
  target: Pick<Target, 'kind' | 'field'>,
  query: RecordQuery,
): AsyncGenerator<Buffer[]> {
  let left = query.count;
  if (left === 0) return;
  for (const job of jobs) {
    const from = query.job === null || job.key === query.job ? query.from : 0;
    for await (const rows of rowsOf(records, job.id, target.kind, query, from)) {
      const wanted = rows.filter((row) => isWanted(row, query)).slice(0, left);
      yield wanted.map((row) => documentOf(row, job.key, target, query)).filter((json) => json !== null);
      left -= wanted.length;
      if (left <= 0) return;
    }
    // There may be very many jobs without a record, and the reader may have left.
    yield [];
  }
}

async function* rowsOf(
  records: Records,
  jobId: string,
  kind: RecordKind,
  { indexes }: RecordQuery,
  from: number,
): AsyncGenerator<Row[]> {
  if (indexes.length === 0) yield* records.read(jobId, kind, { from });
  for (const index of indexes.filter((each) => each >= from)) {
    let next: Row | undefined;
    for await ([next] of records.read(jobId, kind, { from: index })) break;
    // Behind the last record there is none of the others either, of which there may be a thousand.
    if (next === undefined) return;
    if (next.number === index) yield [next];
  }
}

function isWanted({ ts, line }: Row, { startTs, endTs, filters }: RecordQuery): boolean {
  return ts >= startTs && ts < endTs && filters.every((filter) => filter(line));
}

/** A record as it is shown, or its field that is asked for; null if it has none. */
function documentOf(
  { number, ts, line }: Row,
  jobKey: string,
  { kind, field }: Pick<Target, 'kind' | 'field'>,
  { hasData, hasKey, hasTs }: RecordQuery,
): Buffer | null {
  if (field !== null) {
    const found = fieldsOf(line).findLast(({ name }) => name === field);
    return found === undefined ? null : line.subarray(found.start, found.end);
  }
  // Samples are lists, which nothing can be added to.
  if (line[0] !== 0x7b) return hasData ? line : null;
  const meta = [...(hasKey ? [`"_key":"${jobKey}/${number}"`] : []), ...(hasTs ? [`"_ts":${ts}`] : [])].join(
    ',',
  );
  if (!hasData) return Buffer.from(`{${meta}}`);
  const data = kind === 'requests' ? withoutNulls(line) : line;
  if (meta === '') return data;
  // Last, so that it counts where the record has such a field itself.
  const body = data.subarray(0, -1);
  return Buffer.concat([body, Buffer.from(isEmptyObject(body) ? meta : `,${meta}`), CLOSING_BRACE]);
}

/** Whether an object without its closing brace has no field: then only its opening one comes before that. */
function isEmptyObject(body: Buffer): boolean {
  return body
    .toString('latin1', Math.max(0, body.length - 100))
    .trimEnd()
    .endsWith('{');
}

function withoutNulls(line: Buffer): Buffer {
  const fields = fieldsOf(line);
  // No other value begins with an n.
  const kept = fields.filter(({ start }) => line[start] !== 0x6e);
  if (kept.length === fields.length) return line;
  const text = kept.map(({ at, end }) => line.toString('utf8', at, end)).join(',');
  return Buffer.from(`{${text}}`);
}

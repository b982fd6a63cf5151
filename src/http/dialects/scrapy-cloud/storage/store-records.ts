import type { Request } from 'express';
import { UserError } from '../../../../errors.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { RecordKind } from '../../../../records/record-kind.ts';
import type { Records, Writer } from '../../../../records/records.ts';
import { Query } from './query.ts';
import { readJsonLines } from './read-lines.ts';

/** Leaves room for all that one request can bring. */
const MAX_START = Number.MAX_SAFE_INTEGER - 2 ** 32;

/**
 * Stores the records of a request with a job.
 * @throws UserError `invalid`, `too-large`, `storage-full`
 */
export async function storeRecords(
  req: Request,
  records: Records,
  job: Job,
  kind: RecordKind,
  now: () => number,
): Promise<void> {
  const start = startOf(req);
  const texts = await readJsonLines(req, (text) => {
    checkRecord(text, kind);
  });
  await records.append(job.id, kind, texts, { start, now: now(), writer: writerOf(job, kind) });
}

/** Whether a process of the job's own writes these records. */
export function writerOf({ state, process, external }: Job, kind: RecordKind): Writer {
  if (kind === 'samples' || external) return 'none';
  if (state === 'RUNNING') return 'writes';
  return process === null ? 'none' : 'wrote';
}

/** The number of the first record: parameter `start`, or header `Content-Range: items 500-/*`; null if there is none. */
function startOf(req: Request): number | null {
  const start = new Query(req).one('start');
  if (start !== null) return numberOf(start, `Parameter "start" is "${start}"`);
  const range = req.headers['content-range'];
  if (range === undefined) return null;
  return numberOf(/^\s*items\s+(\d+)-/i.exec(range)?.[1] ?? '', `The header "Content-Range" is "${range}"`);
}

function numberOf(text: string, what: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number <= MAX_START) return number;
  throw new UserError(
    'invalid',
    `${what}: say the number of the first record, "start=500" or "items 500-/*".`,
  );
}

function checkRecord(text: string, kind: RecordKind): void {
  const isList = text.startsWith('[');
  if (kind === 'samples' && !isList) throw new UserError('invalid', 'A sample must be a JSON list.');
  if (kind !== 'samples' && !text.startsWith('{')) {
    throw new UserError('invalid', `Each of the ${kind} must be a JSON object.`);
  }
}

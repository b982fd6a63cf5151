import { UserError } from '../../../errors.ts';
import { toJsonText, type Json } from '../../../json-text.ts';
import type { Job, Meta } from '../../../jobs/job.ts';
import type { JobFields } from '../../../jobs/job-store.ts';
import { runsHere } from '../../../jobs/stages.ts';
import { ownMetadata, type MetadataSource } from './metadata.ts';
import { shown } from '../../shown.ts';
import { checkTags } from './tags.ts';

/** What stays as it is, whatever is written: clients send back the whole of what they have read. */
const FIXED = new Set([
  'key',
  '_key',
  'auth',
  'state',
  'project',
  'spider',
  'priority',
  'units',
  'api_url',
  'portia_url',
]);

/** Most bytes of what clients keep with a job, as JSON: it is read with each row of a list. */
const MOST_BYTES = 256 * 1024;
const LONGEST_REASON = 255;

/**
 * What fields mean that a client gives a job; a field that is undefined goes. What only repeats what is known here is not
 * kept: it would hide what becomes of it later.
 *
 * @throws UserError `invalid`, or `too-large` for more than can be kept with a job
 */
export function readFields(
  given: Readonly<Record<string, Json | undefined>>,
  job: Job,
  source: MetadataSource,
): JobFields {
  const { tags, close_reason: reason, ...rest } = given;
  // Most moves say nothing but the state.
  const isPlain = Object.keys(rest).length === 0;
  const own = new Map(isPlain ? [] : Object.entries(ownMetadata(job, source)));
  const meta = Object.entries(rest)
    .filter(([name]) => !FIXED.has(name) && !(name === 'scrapystats' && runsHere(job)))
    .map(([name, value]): [string, Json | undefined] => [
      name,
      isSame(value, own.get(name)) ? undefined : value,
    ]);
  const fields = {
    meta: Object.fromEntries(meta),
    ...('tags' in given ? { tags: readTags(tags) } : {}),
    ...('close_reason' in given ? { closeReason: readReason(reason) } : {}),
  };
  checkSize({ ...job.meta, ...fields.meta });
  return fields;
}

/**
 * The same for a job that is not known yet.
 * @throws UserError `invalid`, `too-large`
 */
export function readNewFields(given: Readonly<Record<string, Json>>): JobFields & { meta: Meta } {
  const { tags, close_reason: reason, ...rest } = given;
  const meta = Object.fromEntries(Object.entries(rest).filter(([name]) => !FIXED.has(name)));
  checkSize(meta);
  return {
    meta,
    ...(tags === undefined ? {} : { tags: readTags(tags) }),
    ...(reason === undefined ? {} : { closeReason: readReason(reason) }),
  };
}

function readTags(value: Json | undefined): string[] {
  const tags = value ?? [];
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return checkTags(tags);
  throw new UserError('invalid', `"tags" must be a list of texts, not "${shown(tags)}".`);
}

function readReason(value: Json | undefined): string | null {
  const reason = value ?? null;
  if (reason === null || (typeof reason === 'string' && reason.length <= LONGEST_REASON)) return reason;
  throw new UserError(
    'invalid',
    `"close_reason" must be a text of up to ${LONGEST_REASON} characters, not "${shown(reason)}".`,
  );
}

function checkSize(meta: Readonly<Record<string, Json | undefined>>): void {
  // What is undefined is not in the text.
  const bytes = Buffer.byteLength(toJsonText(meta as Record<string, Json>));
  if (bytes <= MOST_BYTES) return;
  throw new UserError(
    'too-large',
    `The fields of a job may have ${MOST_BYTES} bytes as JSON, and with these it has ${bytes}: keep less with it.`,
  );
}

function isSame(one: Json | undefined, other: Json | undefined): boolean {
  return one !== undefined && other !== undefined && toJsonText(one) === toJsonText(other);
}

import type { Router } from 'express';
import { UserError } from '../../../../errors.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { Json } from '../../../../json-text.ts';
import { readFields } from '../given-fields.ts';
import { isObject } from '../job-request.ts';
import { metadataOf } from '../metadata.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { sendJson, sendLines, sendNothing } from '../reply.ts';
import { readJson } from './read-lines.ts';
import { storageRoute, type Call } from './storage-route.ts';

/** The metadata of a job, whole and field by field. Its own token may change them. */
export function jobMetadata(router: Router, options: ScrapyCloudOptions): void {
  const path = '/jobs/:project/:spider/:job';
  storageRoute(
    router,
    options,
    path,
    {
      GET: (call) => {
        const job = jobOf(call);
        // To clients an empty object is a job that is not there, and 404 a fault.
        sendLines(call.res, [job === null ? {} : metadataOf(job, call.source)]);
      },
      POST: async (call) => {
        const job = writable(call);
        const given = (await readJson(call.req)) ?? {};
        if (!isObject(given))
          throw new UserError('invalid', 'The body must be a JSON object, {"name": value}.');
        write(call, job, given);
      },
      DELETE: (call) => {
        const { core, req, res } = call;
        core.requireChange(`${req.baseUrl}${req.path}`);
        const job = jobOf(call);
        if (job !== null) core.moves.erase(job.id);
        sendNothing(res);
      },
    },
    { forTokens: true },
  );

  storageRoute(
    router,
    options,
    `${path}/:field`,
    {
      GET: (call) => {
        const [job, field] = [jobOf(call), call.part('field')];
        const fields = job === null ? {} : metadataOf(job, call.source);
        sendJson(call.res, Object.hasOwn(fields, field) ? (fields[field] ?? null) : null);
      },
      POST: async (call) => {
        const job = writable(call);
        const value = await readJson(call.req);
        if (value === undefined)
          throw new UserError('invalid', 'The body must be a JSON value; it is empty.');
        write(call, job, { [call.part('field')]: value });
      },
      DELETE: (call) => {
        write(call, writable(call), { [call.part('field')]: undefined });
      },
    },
    { forTokens: true },
  );
}

/**
 * Null for one that is not there, or not for whoever asks.
 * @throws UserError `not-found` where the path has no key
 */
function jobOf({ core, part, req }: Call): Job | null {
  const numbers = ['project', 'spider', 'job'].map(part);
  if (numbers.every((number) => /^\d+$/.test(number))) return core.store.jobByKey(numbers.join('/'));
  throw new UserError('not-found', `There is nothing at "${req.baseUrl}${req.path}".`);
}

/** @throws UserError `not-found`, `forbidden` */
function writable(call: Call): Job {
  const job = jobOf(call);
  if (job === null) {
    // Who may change nothing is told that first.
    call.core.requireChange(`${call.req.baseUrl}${call.req.path}`);
    const key = ['project', 'spider', 'job'].map(call.part).join('/');
    throw new UserError('not-found', `There is no job "${key}".`);
  }
  call.core.jobs.requireRecords(job);
  return job;
}

function write({ core, res, source }: Call, job: Job, given: Record<string, Json | undefined>): void {
  core.jobs.setFields(job.id, readFields(given, job, source));
  sendNothing(res);
}

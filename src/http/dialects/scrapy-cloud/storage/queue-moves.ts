import { setImmediate } from 'node:timers/promises';
import type { Router } from 'express';
import { UserError } from '../../../../errors.ts';
import { assertMovable, type Move } from '../../../../jobs/job-moves.ts';
import type { Job } from '../../../../jobs/job.ts';
import { stageOf, type Stage } from '../../../../jobs/stages.ts';
import type { Json } from '../../../../json-text.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import { readFields, readNewFields } from '../given-fields.ts';
import { isObject } from '../job-request.ts';
import { metadataOf } from '../metadata.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { readStage } from '../read-stage.ts';
import { sendJson, sendLines } from '../reply.ts';
import { mapInTurns } from './in-turns.ts';
import { jobOfKey, spiderOfKey, spiderOfNumber } from './job-keys.ts';
import { readObject } from './queue-push.ts';
import { readJson, readJsonLines } from './read-lines.ts';
import { storageRoute, type Call } from './storage-route.ts';

/** Jobs that are moved in one transaction, and so in one turn of the event loop. */
const BATCH = 100;

/** What workers outside do with the jobs of a queue. */
export function queueMoves(router: Router, options: ScrapyCloudOptions): void {
  const post = (path: string, answer: (call: Call) => Promise<void> | void) => {
    storageRoute(router, options, path, { POST: answer });
  };

  post('/jobq/:project/startjob', async ({ req, res, core, project, source, jobTokens }) => {
    const { name } = project();
    const given = (await readJson(req)) ?? {};
    if (!isObject(given)) throw new UserError('invalid', 'The body must be a JSON object, {"name": value}.');
    const job = core.moves.claim(name, readNewFields(given));
    const claimed = job === null ? [] : [job];
    sendLines(
      res,
      claimed.map((job) => ({ ...metadataOf(job, source), key: job.key, auth: jobTokens.tokenOf(job) })),
    );
  });

  post('/jobq/:project/update', async (call) => {
    const project = call.project();
    const changes = await mapInTurns(await readJsonLines(call.req), (line, index) => {
      const change = readChange(readObject(line, index));
      spiderOfKey(project, change.key);
      return change;
    });
    // What cannot be done is found before anything is.
    for await (const jobs of batches(changes, project, call)) {
      for (const { job, change } of jobs) assertMovable(job, change.to);
    }
    const rows: Json[] = [];
    for await (const jobs of batches(changes, project, call)) {
      const moves = jobs.map(({ job, change: { to, fields } }): Move => ({
        ...{ id: job.id, to },
        fields: readFields(fields, job, call.source),
      }));
      const stages = call.core.moves.moveAll(project.name, moves);
      jobs.forEach(({ job }, index) => {
        const prevstate = stages[index] ?? null;
        if (prevstate !== null) rows.push({ key: job.key, prevstate });
      });
    }
    sendLines(call.res, rows);
  });

  post('/jobq/:project/cancel', async ({ req, res, core, query, project }) => {
    const entry = project();
    if (query.one('count') !== null) {
      throw new UserError('forbidden', 'Jobs are not cancelled by their count: give their keys.');
    }
    const keys = readKeyList((await readJson(req)) ?? []);
    const jobs = await mapInTurns(keys, (key) => jobOfKey(core, entry, key));
    const asked = await mapInTurns(jobs, (job) => job !== null && core.moves.cancel(job.id));
    sendJson(res, { count: asked.filter(Boolean).length });
  });

  post('/jobq/:project/:spider/:job/cancel', ({ res, core, part, project }) => {
    const entry = project();
    const job = jobOfKey(core, entry, `${entry.id}/${part('spider')}/${part('job')}`);
    sendJson(res, { count: job !== null && core.moves.cancel(job.id) ? 1 : 0 });
  });
}

/** One line of an update. */
interface Change {
  /** Of a job, or of a spider for all its jobs. */
  key: string;
  to: Stage | null;
  fields: Record<string, Json>;
}

function readChange({ key, state, ...fields }: Record<string, Json>): Change {
  if (typeof key !== 'string') {
    throw new UserError('invalid', 'Missing "key": give that of a job, PROJECT/SPIDER/JOB, as a text.');
  }
  return { key, to: typeof state === 'string' ? readStage(state) : null, fields };
}

/** The jobs that changes mean, in the order of these, some at a time; deleted ones are not among them. */
async function* batches(changes: readonly Change[], project: ProjectEntry, { core }: Call) {
  let batch: { job: Job; change: Change }[] = [];
  for (const change of changes) {
    const spider = spiderOfKey(project, change.key);
    if (spider === null) {
      const job = jobOfKey(core, project, change.key);
      if (job !== null && stageOf(job.state) !== 'deleted') batch.push({ job, change });
      if (batch.length < BATCH) continue;
      yield batch;
      await setImmediate();
    } else {
      if (batch.length > 0) yield batch;
      const name = spiderOfNumber(core, project, String(spider));
      const all = { project: project.name, spider: name ?? '' };
      for (
        let jobs = name === null ? [] : core.store.jobsUnder(all, { limit: BATCH });
        jobs.length > 0;
        jobs = core.store.jobsUnder(all, { limit: BATCH, after: jobs.at(-1)?.key ?? '' })
      ) {
        yield jobs.map((job) => ({ job, change }));
        await setImmediate();
      }
    }
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** A list of keys, `[{"key": "1/2/3"}]`. */
function readKeyList(value: Json): string[] {
  const entries = Array.isArray(value) ? value : [value];
  return entries.map((entry) => {
    if (isObject(entry) && typeof entry.key === 'string') return entry.key;
    throw new UserError('invalid', 'The body must be a list of keys, [{"key": "PROJECT/SPIDER/JOB"}].');
  });
}

import type { Response } from 'express';
import type { StoreView } from '../../../access/store-view.ts';
import type { Job } from '../../../jobs/job.ts';
import type { JobRef } from '../../../jobs/job-store.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import { toJson } from '../../python-json.ts';
import { timestamp } from '../../timestamp.ts';
import { chunksOf, writeChunks } from '../../write-chunks.ts';
import type { Handler } from './endpoint.ts';
import { fileUrl } from './pages/file-path.ts';
import { filesOf } from './pages/files-of.ts';
import { notFound, optional } from './parameters.ts';
import { ending, setHeaders } from './reply.ts';

export interface ListJobsOptions {
  outputs: Outputs;
  nodeName: string;
  /** How many finished jobs are listed. */
  finishedToKeep: number;
}

/** All lists are of one moment, but read piece by piece, since they may be long. */
export function listJobs(options: ListJobsOptions): Handler {
  const { outputs, nodeName, finishedToKeep } = options;
  return async (params, { store }, res: Response) => {
    const project = optional(params, 'project') ?? undefined;
    if (project !== undefined && store.currentVersion(project) === null) throw notFound('project', project);
    const queue = store.queue(project);
    const running = store.running(project);
    const ended = store.ended(finishedToKeep, project);
    function* text(): Generator<string> {
      yield '{"pending": [';
      yield* rows(queue, store, (jobs) => jobs.map(pendingJson));
      yield `], "running": ${toJson(running.map((job) => runningJson(job, outputs)))}, "finished": [`;
      yield* rows(ended, store, (jobs) => jobs.map((job) => finishedJson(job, outputs)));
      yield `], ${toJson(ending(nodeName)).slice(1)}\n`;
    }
    setHeaders(res);
    await writeChunks(res, text());
    return null;
  };
}

/** The inside of a JSON list, a piece for each turn of the event loop; empty where a piece has no jobs any more. */
function* rows(
  refs: readonly JobRef[],
  store: StoreView,
  toJsons: (jobs: Job[]) => object[],
): Generator<string> {
  let separator = '';
  for (const chunk of chunksOf(refs)) {
    const texts = toJsons(store.jobs(chunk)).map(toJson);
    yield texts.length === 0 ? '' : separator + texts.join(', ');
    if (texts.length > 0) separator = ', ';
  }
}

function pendingJson(job: Job): object {
  const { jobid, project, spider, version, settings, args } = job;
  return { id: jobid, project, spider, version, settings, args };
}

function runningJson(job: Job, outputs: Outputs): object {
  const { jobid, project, spider, process, startedAt } = job;
  return {
    id: jobid,
    project,
    spider,
    pid: process?.pid ?? null,
    start_time: timestamp(startedAt ?? 0),
    ...urls(job, outputs),
  };
}

function finishedJson(job: Job, outputs: Outputs): object {
  const { jobid, project, spider, startedAt, finishedAt } = job;
  return {
    id: jobid,
    project,
    spider,
    start_time: timestamp(startedAt ?? 0),
    end_time: timestamp(finishedAt ?? 0),
    ...urls(job, outputs),
  };
}

/** Null where there is no such file. */
function urls(job: Job, outputs: Outputs): { log_url: string | null; items_url: string | null } {
  const has = filesOf(outputs, job);
  return {
    log_url: has.log ? fileUrl('logs', job) : null,
    items_url: has.items ? fileUrl('items', job) : null,
  };
}

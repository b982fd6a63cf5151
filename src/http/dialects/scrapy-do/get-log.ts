import type { RequestHandler } from 'express';
import type { JobStore } from '../../../jobs/job-store.ts';
import type { JobWatch } from '../../../jobs/job-watch.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import { isFinal } from '../../../jobs/states.ts';
import { followFile } from '../../follow-file.ts';
import { sendFileNow } from '../../send-file-now.ts';
import { sendError } from './reply.ts';

export interface GetLogOptions {
  store: JobStore;
  outputs: Outputs;
  watch: JobWatch;
}

/** `/get-log/<any folder>/<id>.out` and `.err`: what a job wrote, and goes on writing while it runs. */
export function getLog({
  store,
  outputs,
  watch,
}: GetLogOptions): RequestHandler<{ folder: string; file: string }> {
  return async (req, res) => {
    const name = /^(?<id>[^/]+)\.(?<stream>out|err)$/.exec(req.params.file)?.groups;
    const job = name?.id === undefined ? null : store.job(name.id);
    if (job === null) {
      sendError(res, 404, `There is no log "${req.params.file}": logs are <job id>.out and <job id>.err.`);
      return;
    }
    const { stdout, stderr } = outputs.paths(job.id);
    const path = name?.stream === 'out' ? stdout : stderr;
    res.setHeader('Content-Type', 'text/plain; charset=utf-8');
    res.setHeader('Access-Control-Allow-Origin', '*');
    if (job.state !== 'RUNNING' || req.method === 'HEAD' || req.headers.range !== undefined) {
      await sendFileNow(res, path);
      return;
    }
    // nginx would hold the first lines back until its buffer is full.
    res.setHeader('X-Accel-Buffering', 'no');
    await followFile({
      path,
      response: res,
      isOver: () => isFinal(store.job(job.id)?.state ?? 'CANCELED'),
      onOver: (listener) => watch.onOver(job.id, listener),
    });
  };
}

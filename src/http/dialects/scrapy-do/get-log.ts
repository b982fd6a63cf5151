import type { RequestHandler } from 'express';
import type { JobWatch } from '../../../jobs/job-watch.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import { isFinal } from '../../../jobs/states.ts';
import type { CoreOf } from '../../core-of.ts';
import { sendLog } from '../../send-log.ts';
import { sendError } from './reply.ts';

export interface GetLogOptions {
  coreOf: CoreOf;
  outputs: Outputs;
  watch: JobWatch;
}

/** `/get-log/<any folder>/<id>.out` and `.err`: what a job wrote, and goes on writing while it runs. */
export function getLog({
  coreOf,
  outputs,
  watch,
}: GetLogOptions): RequestHandler<{ folder: string; file: string }> {
  return async (req, res) => {
    const { store } = coreOf(req);
    const name = /^(?<id>[^/]+)\.(?<stream>out|err)$/.exec(req.params.file)?.groups;
    const job = name?.id === undefined ? null : store.job(name.id);
    if (job === null) {
      sendError(res, 404, `There is no log "${req.params.file}": logs are <job id>.out and <job id>.err.`);
      return;
    }
    const { stdout, stderr } = outputs.paths(job.id);
    const path = name?.stream === 'out' ? stdout : stderr;
    res.setHeader('Access-Control-Allow-Origin', '*');
    await sendLog(req, res, {
      path,
      grows: job.state === 'RUNNING',
      isOver: () => isFinal(store.job(job.id)?.state ?? 'CANCELED'),
      onOver: (listener) => watch.onOver(job.id, listener),
    });
  };
}

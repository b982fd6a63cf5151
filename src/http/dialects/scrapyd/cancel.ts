import { constants } from 'node:os';
import { UserError } from '../../../errors.ts';
import { isFinal } from '../../../jobs/states.ts';
import type { Handler } from './endpoint.ts';
import { notFound, optional, required } from './parameters.ts';

/** Answers at once. A second cancel sends a second signal, by which Scrapy stops without finishing its requests. */
export const cancel: Handler = (params, { store, jobs }) => {
  const [project, jobid] = [required(params, 'project'), required(params, 'job')];
  const job = store.jobByJobid(jobid, project);
  if (job === null || isFinal(job.state)) {
    if (store.currentVersion(project) === null) throw notFound('project', project);
    return { prevstate: null };
  }
  // A job that waits gets no signal, so that nobody looks at it.
  const signal = job.state === 'PENDING' ? 'SIGINT' : readSignal(optional(params, 'signal') ?? 'INT');
  const before = jobs.stop(job.id, { signal, graceMs: null });
  return { prevstate: before.state === 'PENDING' ? 'pending' : 'running' };
};

/** `SIGTERM` of `TERM`, `SIGTERM` or `15`. */
function readSignal(text: string): string {
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === text || name === `SIG${text}` || String(number) === text,
  );
  if (found !== undefined) return found[0];
  throw new UserError(
    'invalid',
    `signal is invalid: "${text}" is neither a signal's name, such as TERM, nor its number`,
  );
}

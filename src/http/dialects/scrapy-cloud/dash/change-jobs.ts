import { setImmediate } from 'node:timers/promises';
import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Job } from '../../../../jobs/job.ts';
import { runsHere } from '../../../../jobs/stages.ts';
import { toJsonText } from '../../../../json-text.ts';
import { changedTags, checkTags } from '../tags.ts';
import type { Handler } from './endpoint.ts';
import { findJobs, readAskedJobs, requireFilter } from './find-jobs.ts';

/** `jobs/update.json`: adds and removes tags. */
export const updateJobs: Handler = async ({ params, core }) => {
  const asked = readAskedJobs(params, core);
  requireFilter(params);
  const add = checkTags(params.allOfOnePlace('add_tag'));
  const remove = params.allOfOnePlace('remove_tag');
  let count = 0;
  for (const jobs of findJobs(core.store, asked)) {
    count += await forEach(core, jobs, ({ id, tags }) => {
      const changed = changedTags(tags, { add, remove });
      if (toJsonText(changed) !== toJsonText([...tags])) core.jobs.setFields(id, { tags: changed });
      return true;
    });
  }
  return { count };
};

/** `jobs/stop.json`: asks them to stop; those that wait leave the queue. */
export const stopJobs: Handler = async ({ params, core }) => {
  const asked = readAskedJobs(params, core);
  requireFilter(params, ['job']);
  const jobs = [...findJobs(core.store, asked)].flat();
  return { count: await forEach(core, jobs, ({ id }) => core.moves.cancel(id)) };
};

/** `jobs/delete.json`: all of them, or none if one of them runs here. */
export const deleteJobs: Handler = async ({ params, core }) => {
  const asked = readAskedJobs(params, core);
  requireFilter(params, ['job']);
  const jobs = [...findJobs(core.store, asked)].flat();
  const running = jobs.find(runsHere);
  if (running !== undefined) {
    throw new UserError(
      'conflict',
      `The job "${running.key}" is running: stop it first, and delete it when it is finished. Nothing was deleted.`,
    );
  }
  const count = await forEach(core, jobs, ({ id }) => core.moves.move(id, 'deleted', {}) !== null);
  return { count };
};

/** Changes job by job, and lets others have their turn: there may be thousands, and each is put on disk. */
async function forEach(core: CoreView, jobs: readonly Job[], change: (job: Job) => boolean): Promise<number> {
  let count = 0;
  for (const { key } of jobs) {
    const job = core.store.jobByKey(key);
    // It may have been removed meanwhile.
    if (job !== null && change(job)) count += 1;
    await setImmediate();
  }
  return count;
}

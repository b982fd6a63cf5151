import { setImmediate } from 'node:timers/promises';
import type { JobStore, KeepLimits } from './job-store.ts';
import type { Outputs } from './outputs.ts';

/** Jobs removed in one turn of the event loop. */
const BATCH = 200;

/**
 * Removes finished jobs beyond the limits, the oldest first, each with its logs and items.
 * @returns how many were removed
 */
export async function removeOldJobs(
  store: JobStore,
  outputs: Outputs,
  limits: KeepLimits,
  now: number,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const ids = store.finishedBeyond(limits, now, BATCH);
    if (ids.length === 0) return removed;
    // The record goes first: what a crash leaves behind are files, which the next start removes.
    store.removeJobs(ids);
    for (const id of ids) outputs.remove(id);
    removed += ids.length;
    await setImmediate();
  }
}

/**
 * Removes the logs and items of finished jobs, of which each spider keeps the newest `perSpider`; the records stay.
 * @returns of how many jobs
 */
export async function removeOldFiles(store: JobStore, outputs: Outputs, perSpider: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const ids = store.outputsBeyond(perSpider, BATCH);
    if (ids.length === 0) return removed;
    // The files go first: a crash before the store forgets them only has it done again.
    for (const id of ids) outputs.remove(id);
    store.forgetOutputs(ids);
    removed += ids.length;
    await setImmediate();
  }
}

/** Removes the files of jobs that the store does not know, or only counts. */
export async function removeStrayOutputs(store: JobStore, outputs: Outputs): Promise<void> {
  for (const id of outputs.jobIds()) {
    const job = store.job(id);
    if (job === null || job.state === 'DELETED') outputs.remove(id);
    await setImmediate();
  }
}

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Job } from './job.ts';
import type { JobStore } from './job-store.ts';
import type { RunEnds } from './run-ends.ts';
import type { Runner } from './runner.ts';
import { runsHere } from './stages.ts';

/**
 * Brings the record up to date after the daemon was away: jobs that ended meanwhile end as they did, jobs
 * of which nothing was started wait again.
 * @returns the jobs that still run
 */
export async function recoverRunning(options: {
  store: JobStore;
  runner: Runner;
  ends: RunEnds;
  clock: Clock;
  log: Log;
}): Promise<Job[]> {
  const { store, runner, ends, clock, log } = options;
  // What an earlier daemon committed, it may not have seen on disk: for what is over the hosts' records go now.
  await store.sync();
  // Those of workers outside have no process here: they are left alone.
  const claimed = store.running().filter(runsHere);
  const processes = new Map(
    claimed.flatMap(({ id, process }) => (process === null ? [] : [[id, process] as const])),
  );
  const found = await runner.recover(
    claimed.map((job) => job.id),
    processes,
  );
  const running: Job[] = [];
  for (const job of claimed) {
    const recovered = found.get(job.id);
    switch (recovered?.kind) {
      case 'running':
        if (job.process === null) store.setProcess(job.id, recovered.process);
        running.push(job);
        break;
      case 'exited':
        ends.exited(job.id, recovered.exit, recovered.at);
        break;
      default:
        if (job.stop === null)
          store.changeState(job.id, 'PENDING', { versionId: null, startedAt: null }, clock.now());
        else ends.exited(job.id, { code: null, signal: null, reason: null }, clock.now());
    }
    log.info({ job: job.id, found: recovered?.kind ?? 'nothing' }, 'job recovered');
  }
  ends.resume(running);
  return running;
}

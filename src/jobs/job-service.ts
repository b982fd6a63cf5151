import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Job, JobRequest, Stop } from './job.ts';
import type { JobStore } from './job-store.ts';
import type { JobWatch } from './job-watch.ts';
import type { RunEnds } from './run-ends.ts';
import { isFinal } from './states.ts';

export interface JobServiceOptions {
  store: JobStore;
  dispatcher: Dispatcher;
  ends: RunEnds;
  watch: JobWatch;
  slots: number;
  clock: Clock;
}

/** How a job is asked to stop. */
export interface StopRequest {
  signal: string;
  /** Milliseconds from the signal to SIGKILL for the whole group; null for never. */
  graceMs: number | null;
}

/** What people do with jobs. */
export class JobService {
  readonly #options: JobServiceOptions;

  constructor(options: JobServiceOptions) {
    this.#options = options;
  }

  /**
   * Puts a job in the queue; it starts in the same turn where slots are free.
   * @throws UserError `not-found` for an unknown project or spider, `invalid` for more units than slots
   */
  submit(request: JobRequest): Job {
    const { store, dispatcher, clock } = this.#options;
    this.checkUnits(request);
    const job = store.addJob({ request, actor: 'USER' }, clock.now());
    dispatcher.wake();
    return job;
  }

  /** @throws UserError `invalid` when the request needs more slots than this daemon has */
  checkUnits({ units }: JobRequest): void {
    const { slots } = this.#options;
    if (units <= slots) return;
    throw new UserError(
      'invalid',
      `The job asks for "${units}" units, but this daemon has ${slots} job slots: ask for fewer, or raise job-slots.`,
    );
  }

  /**
   * Cancels a pending or running job. Resolves when it is over.
   * @throws UserError `not-found`, or `conflict` when it is over already
   */
  async cancel(id: string, how: StopRequest): Promise<Job> {
    const { store, watch, ends, clock } = this.#options;
    const job = store.job(id);
    if (job === null) throw new UserError('not-found', `Unknown job "${id}".`);
    if (isFinal(job.state)) {
      throw new UserError('conflict', `Job "${job.id}" is not active: it is ${job.state} already.`);
    }
    const now = clock.now();
    if (job.state === 'PENDING') {
      const canceled = store.changeState(job.id, 'CANCELED', { finishedAt: now }, now);
      watch.announce(canceled);
      // It may have been the one that the others waited for.
      this.#options.dispatcher.wake();
      return canceled;
    }
    const over = new Promise<Job>((resolve) => watch.onOver(job.id, resolve));
    if (job.stop === null) ends.stop(job, stopOf(how, now));
    return over;
  }

  /** Pending jobs were canceled with their project: tells who waits for them, and starts what they held up. */
  canceled(ids: readonly string[]): void {
    const { store, watch, dispatcher } = this.#options;
    for (const id of ids) {
      const job = store.job(id);
      if (job !== null) watch.announce(job);
    }
    dispatcher.wake();
  }
}

function stopOf({ signal, graceMs }: StopRequest, now: number): Stop {
  return { signal, killAt: graceMs === null ? null : now + graceMs };
}

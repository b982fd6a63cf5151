import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Job, JobRequest } from './job.ts';
import type { JobStore, NewJob } from './job-store.ts';
import type { JobWatch } from './job-watch.ts';
import type { RunEnds } from './run-ends.ts';
import { runsHere } from './stages.ts';
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
  /** Name of who asks. */
  by?: string;
}

/** What may be said of a new job beside what is to be run; see {@link NewJob}. */
export type JobNames = Pick<
  NewJob,
  'jobid' | 'by' | 'meta' | 'uniqueKey' | 'anySpider' | 'scheduleId' | 'alone'
>;

/** What people do with jobs. */
export class JobService {
  readonly #options: JobServiceOptions;
  readonly #wake: () => void;

  constructor(options: JobServiceOptions) {
    this.#options = options;
    this.#wake = () => {
      options.dispatcher.wake();
    };
  }

  /**
   * Puts a job in the queue; where slots are free it starts as soon as that is on disk.
   * @throws UserError `not-found` for an unknown project, version or spider, `invalid` for more units than slots,
   * `conflict` while an active job of the project has the jobid or the unique key
   */
  submit(request: JobRequest, names: JobNames = {}): Job {
    const { store, clock } = this.#options;
    this.checkUnits(request);
    const job = store.addJob({ request, actor: 'USER', ...names }, clock.now());
    store.afterCommit(this.#wake);
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
    const { ends, watch } = this.#options;
    const job = this.#active(id);
    if (!runsHere(job)) return ends.withdraw(job.id, { by: how.by });
    const over = new Promise<Job>((resolve) => watch.onOver(job.id, resolve));
    // Asked again, it is not signalled again; but a stop that would wait for ever gets its end.
    if (job.stop === null || (job.stop.killAt === null && how.graceMs !== null)) this.#signal(job, how);
    return over;
  }

  /**
   * Cancels a pending job, or sends a running one a signal, each time that it is called.
   * @returns the job as it was before
   * @throws UserError `not-found`, or `conflict` when it is over already
   */
  stop(id: string, how: StopRequest): Job {
    const job = this.#active(id);
    if (!runsHere(job)) this.#options.ends.withdraw(job.id, { by: how.by });
    else this.#signal(job, how);
    return job;
  }

  #active(id: string): Job {
    const job = this.#options.store.job(id);
    if (job === null) throw new UserError('not-found', `Unknown job "${id}".`);
    if (isFinal(job.state)) {
      throw new UserError('conflict', `Job "${job.id}" is not active: it is ${job.state} already.`);
    }
    return job;
  }

  /** A deadline that an earlier stop has set stays. */
  #signal(job: Job, { signal, graceMs, by }: StopRequest): void {
    const { store, ends, clock } = this.#options;
    if (by !== undefined) store.setActors(job.id, { cancelled: by });
    const deadline = graceMs === null ? null : clock.now() + graceMs;
    ends.stop(job, { signal, sent: false, killAt: job.stop?.killAt ?? deadline });
  }

  /** Pending jobs were canceled with their project or version: tells who waits for them, and starts what they held up. */
  canceled(ids: readonly string[]): void {
    const { store, watch, dispatcher } = this.#options;
    for (const id of ids) {
      const job = watch.isAwaited(id) ? store.job(id) : null;
      if (job !== null) watch.announce(job);
    }
    dispatcher.wake();
  }
}

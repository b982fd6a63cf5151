import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import { CANCELLED, stateOfReason } from './close-reason.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Job, JobRequest, JobState, Meta } from './job.ts';
import type { JobFields, JobStore, StateChange } from './job-store.ts';
import type { JobService } from './job-service.ts';
import type { JobWatch } from './job-watch.ts';
import type { Outputs } from './outputs.ts';
import { isFinal } from './states.ts';

/** The states of Scrapy Cloud; a job is finished whatever came of it. */
export const STAGES = ['pending', 'running', 'finished', 'deleted'] as const;
export type Stage = (typeof STAGES)[number];

/** How a job is stopped that a client of Scrapy Cloud cancels: it has five minutes. */
export const CLOUD_STOP = { signal: 'SIGINT', graceMs: 300_000 };

/** The stage of a job in this state. */
export function stageOf(state: JobState): Stage {
  if (state === 'PENDING') return 'pending';
  if (state === 'RUNNING') return 'running';
  return state === 'DELETED' ? 'deleted' : 'finished';
}

/** A job as an outside client makes it. */
export interface Push {
  request: JobRequest;
  meta: Meta;
  stage: Stage;
  uniqueKey?: string;
  /** Why it ended, if it has. */
  closeReason?: string;
  by: string;
}

export interface JobMovesOptions {
  store: JobStore;
  jobs: Pick<JobService, 'stop'>;
  dispatcher: Dispatcher;
  watch: JobWatch;
  outputs: Outputs;
  clock: Clock;
}

/**
 * What clients of a queue do with jobs whose spiders run elsewhere: they push them, claim them, and say what became of
 * them. What runs here is moved on by its process alone.
 */
export class JobMoves {
  readonly #options: JobMovesOptions;

  constructor(options: JobMovesOptions) {
    this.#options = options;
  }

  /**
   * Makes a job, whether a version has its spider or not.
   * @throws UserError `not-found` for an unknown project, `conflict` while an active job has the unique key
   */
  push({ request, meta, stage, uniqueKey, closeReason, by }: Push): Job {
    const { store, clock, dispatcher } = this.#options;
    const key = uniqueKey === undefined ? {} : { uniqueKey };
    const job = store.addJob({ request, actor: 'USER', by, meta, ...key, anySpider: true }, clock.now());
    if (stage === 'pending') dispatcher.wake();
    else this.move(job, stage, closeReason === undefined ? {} : { closeReason }, by);
    return store.job(job.id) ?? job;
  }

  /**
   * Claims the first pending job of a project for a worker outside.
   * @returns null while none waits
   */
  claim(project: string, by: string): Job | null {
    const job = this.#options.store.nextPendingOf(project);
    if (job === null) return null;
    return this.#begin(job, by);
  }

  /**
   * Moves a job on to a stage, and changes what clients keep with it.
   * @returns the stage that it was in; null for a job that is deleted already
   * @throws UserError `conflict` where a job cannot go to that stage
   */
  move(job: Job, to: Stage, fields: JobFields, by: string): Stage | null {
    const { store } = this.#options;
    const from = stageOf(job.state);
    if (from === 'deleted') return null;
    if (isRunningHere(job) && to !== 'running' && to !== 'finished') throw runsHere(job, to);
    if (isFinal(job.state) && to !== 'finished' && to !== 'deleted') {
      throw new UserError(
        'conflict',
        `Job "${job.key}" is finished and cannot be ${to} again: make a new one.`,
      );
    }
    const changed = store.setFields(job.id, fields);
    if (from !== to) this.#go(changed, to, by);
    return from;
  }

  /**
   * Asks a job to stop. One that waits is over at once; one that runs here gets a signal; whoever runs one elsewhere
   * finds the wish in its record.
   * @returns whether there was anything to stop
   */
  cancel(job: Job, by: string): boolean {
    const { store, jobs } = this.#options;
    if (isFinal(job.state)) return false;
    store.setActors(job.id, { cancelled: by });
    if (job.state === 'PENDING') this.#end(job, CANCELLED, by);
    else if (!job.external && job.stop === null) jobs.stop(job.id, CLOUD_STOP);
    return true;
  }

  /**
   * Forgets a job, and all that it left.
   * @throws UserError `conflict` while it runs here
   */
  erase(job: Job, by: string): void {
    const { store, outputs } = this.#options;
    if (isRunningHere(job)) throw runsHere(job, 'deleted');
    if (!isFinal(job.state)) this.#end(job, CANCELLED, by);
    store.removeJobs([job.id]);
    outputs.remove(job.id);
  }

  #go(job: Job, to: Stage, by: string): void {
    const { store, outputs, dispatcher, clock } = this.#options;
    const now = clock.now();
    switch (to) {
      case 'running':
        this.#begin(job, by);
        return;
      case 'pending':
        store.changeState(job.id, 'PENDING', { external: false, startedAt: null, closeReason: null }, now);
        dispatcher.wake();
        return;
      case 'finished':
        if (isRunningHere(job)) this.cancel(job, by);
        else this.#end(job, job.closeReason ?? 'no_reason', by);
        return;
      case 'deleted':
        if (!isFinal(job.state)) this.#end(job, job.closeReason ?? CANCELLED, by);
        store.changeState(job.id, 'DELETED', { deletedAt: now, actors: { deleted: by } }, now);
        // The record goes first: what a crash leaves behind are files, which the next start removes.
        outputs.remove(job.id);
    }
  }

  #begin(job: Job, by: string): Job {
    const { store, dispatcher, clock } = this.#options;
    const now = clock.now();
    const change: StateChange = { external: true, startedAt: now, actors: { started: by } };
    const running = store.changeState(job.id, 'RUNNING', change, now);
    // It may have been the one that the others waited for.
    dispatcher.wake();
    return running;
  }

  #end(job: Job, closeReason: string, by: string): void {
    const { store, watch, dispatcher, clock, outputs } = this.#options;
    const now = clock.now();
    // What never ran was taken out of the queue, whatever it is said to have come to.
    const state = job.state === 'PENDING' ? 'CANCELED' : stateOfReason(closeReason);
    const change = {
      finishedAt: now,
      closeReason,
      outputBytes: outputs.size(job.id),
      actors: { completed: by },
    };
    watch.announce(store.changeState(job.id, state, change, now));
    dispatcher.wake();
  }
}

function isRunningHere({ state, external }: Job): boolean {
  return state === 'RUNNING' && !external;
}

function runsHere(job: Job, to: Stage): UserError {
  return new UserError('conflict', `Job "${job.key}" runs here and cannot be ${to}: cancel it first.`);
}

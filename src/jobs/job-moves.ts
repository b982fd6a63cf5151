import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import { CANCELLED, stateOfReason } from './close-reason.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Job, JobRequest, Meta } from './job.ts';
import type { JobFields, JobStore } from './job-store.ts';
import type { JobService } from './job-service.ts';
import type { JobWatch } from './job-watch.ts';
import type { Outputs } from './outputs.ts';
import { runsHere, stageOf, type Stage } from './stages.ts';
import { isFinal } from './states.ts';

/** How a job is stopped that a client of Scrapy Cloud cancels: it has five minutes. */
export const CLOUD_STOP = { signal: 'SIGINT', graceMs: 300_000 };

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

/** What is to become of a job. */
export interface Move {
  id: string;
  /** Null: it stays in its stage. */
  to: Stage | null;
  fields: JobFields;
}

/**
 * Looks whether a job can go to a stage. A deleted one cannot, but that is no fault: nothing happens to it.
 * @throws UserError `conflict`
 */
export function assertMovable(job: Job, to: Stage | null): void {
  if (to === null || job.state === 'DELETED') return;
  if (runsHere(job) && to !== 'running' && to !== 'finished') throw stillRuns(job, to);
  if (isFinal(job.state) && to !== 'finished' && to !== 'deleted') {
    throw new UserError(
      'conflict',
      `Job "${job.key}" is finished and cannot be ${to} again: make a new one.`,
    );
  }
}

export interface JobMovesOptions {
  store: JobStore;
  jobs: Pick<JobService, 'stop'>;
  dispatcher: Dispatcher;
  watch: JobWatch;
  outputs: Outputs;
  clock: Clock;
}

/** What is done once the record is on disk. */
type Later = (() => void)[];

/**
 * What clients of a queue do with jobs whose spiders run elsewhere: they push them, claim them, and say what became of
 * them. What runs here is moved on by its process alone.
 */
export class JobMoves {
  readonly #options: JobMovesOptions;
  #lastAt = 0;

  constructor(options: JobMovesOptions) {
    this.#options = options;
  }

  /**
   * Makes a job, whether a version has its spider or not.
   * @throws UserError `not-found` for an unknown project, `conflict` while an active job has the unique key
   */
  push({ request, meta, stage, uniqueKey, closeReason, by }: Push): Job {
    const { store } = this.#options;
    const key = uniqueKey === undefined ? {} : { uniqueKey };
    const fields = closeReason === undefined ? {} : { closeReason };
    return this.#together((now, later) => {
      const job = store.addJob({ request, actor: 'USER', by, meta, ...key, anySpider: true }, now);
      this.#move({ id: job.id, to: stage, fields }, by, now, later);
      return store.job(job.id) ?? job;
    });
  }

  /**
   * Claims the first pending job of a project for a worker outside.
   * @param fields what the worker keeps with it
   * @returns null while none waits
   */
  claim(project: string, fields: JobFields, by: string): Job | null {
    const { store } = this.#options;
    return this.#together((now, later) => {
      const job = store.nextPendingOf(project);
      if (job === null) return null;
      this.#move({ id: job.id, to: 'running', fields }, by, now, later);
      return store.job(job.id);
    });
  }

  /**
   * Moves a job on to a stage, and changes what clients keep with it.
   * @returns the stage that it was in; null for a job that is deleted already
   * @throws UserError `conflict` where a job cannot go to that stage
   */
  move(job: Job, to: Stage, fields: JobFields, by: string): Stage | null {
    return this.moveAll([{ id: job.id, to, fields }], by)[0] ?? null;
  }

  /**
   * Moves several jobs on, in this order and all or none of them. It is one turn of the event loop: many are to come in
   * parts.
   * @returns the stages that they were in; null for a job that is deleted already, or is not there any more
   * @throws UserError `conflict` where a job cannot go to that stage
   */
  moveAll(moves: readonly Move[], by: string): (Stage | null)[] {
    return this.#together((now, later) => moves.map((move) => this.#move(move, by, now, later)));
  }

  /**
   * Asks a job to stop. One that waits is over at once; one that runs here gets a signal; whoever runs one elsewhere
   * finds the wish in its record.
   * @returns whether there was anything to stop
   */
  cancel(job: Job, by: string): boolean {
    if (isFinal(job.state)) return false;
    this.#together((now, later) => {
      this.#cancel(job, by, now, later);
    });
    return true;
  }

  /**
   * Forgets a job, and all that it left.
   * @throws UserError `conflict` while it runs here
   */
  erase(job: Job, by: string): void {
    const { store, outputs } = this.#options;
    if (runsHere(job)) throw stillRuns(job, 'deleted');
    this.#together((now, later) => {
      if (!isFinal(job.state)) this.#end(job, CANCELLED, by, now, later);
      store.removeJobs([job.id]);
      later.push(() => {
        outputs.remove(job.id);
      });
    });
  }

  /** One transaction, what follows from it, and then the queue: one that is gone may have been what others waited for. */
  #together<T>(work: (now: number, later: Later) => T): T {
    const { store, clock, dispatcher } = this.#options;
    // Never the same instant twice: lists have what moved last first.
    const now = Math.max(clock.now(), this.#lastAt + 1);
    const later: Later = [];
    const result = store.together(() => work(now, later));
    this.#lastAt = now;
    for (const step of later) step();
    dispatcher.wake();
    return result;
  }

  #move({ id, to, fields }: Move, by: string, now: number, later: Later): Stage | null {
    const { store } = this.#options;
    const job = store.job(id);
    if (job === null || job.state === 'DELETED') return null;
    assertMovable(job, to);
    const from = stageOf(job.state);
    const changed = store.setFields(id, fields);
    if (to !== null && from !== to) this.#go(changed, to, by, now, later);
    return from;
  }

  #go(job: Job, to: Stage, by: string, now: number, later: Later): void {
    const { store, outputs } = this.#options;
    switch (to) {
      case 'running':
        store.changeState(
          job.id,
          'RUNNING',
          { external: true, startedAt: now, actors: { started: by } },
          now,
        );
        return;
      case 'pending':
        store.changeState(job.id, 'PENDING', { external: false, startedAt: null, closeReason: null }, now);
        return;
      case 'finished':
        if (runsHere(job)) this.#cancel(job, by, now, later);
        else this.#end(job, job.closeReason ?? 'no_reason', by, now, later);
        return;
      case 'deleted':
        if (!isFinal(job.state)) this.#end(job, job.closeReason ?? CANCELLED, by, now, later);
        store.changeState(job.id, 'DELETED', { deletedAt: now, actors: { deleted: by } }, now);
        // The record goes first: what a crash leaves behind are files, which the next start removes.
        later.push(() => {
          outputs.remove(job.id);
        });
    }
  }

  #cancel(job: Job, by: string, now: number, later: Later): void {
    const { store, jobs } = this.#options;
    store.setActors(job.id, { cancelled: by });
    if (job.state === 'PENDING') this.#end(job, CANCELLED, by, now, later);
    // Asked again, it is not signalled again; but a stop that would wait for ever gets its end.
    else if (!job.external && (job.stop?.killAt ?? null) === null)
      later.push(() => jobs.stop(job.id, CLOUD_STOP));
  }

  #end(job: Job, closeReason: string, by: string, now: number, later: Later): void {
    const { store, watch, outputs } = this.#options;
    // What never ran was taken out of the queue, whatever it is said to have come to.
    const state = job.state === 'PENDING' ? 'CANCELED' : stateOfReason(closeReason);
    const change = {
      finishedAt: now,
      closeReason,
      outputBytes: outputs.size(job.id),
      actors: { completed: by },
    };
    const over = store.changeState(job.id, state, change, now);
    later.push(() => {
      watch.announce(over);
    });
  }
}

function stillRuns(job: Job, to: Stage): UserError {
  return new UserError('conflict', `Job "${job.key}" runs here and cannot be ${to}: cancel it first.`);
}

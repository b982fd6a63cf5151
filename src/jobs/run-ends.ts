import type { Clock } from '../clock.ts';
import { toError } from '../errors.ts';
import type { Log } from '../log.ts';
import { CANCELLED, closeReasonOf } from './close-reason.ts';
import {
  RUNNER,
  SCHEDULER,
  type Exit,
  type Job,
  type JobState,
  type ProcessIdentity,
  type Stop,
} from './job.ts';
import type { JobStore, StateChange } from './job-store.ts';
import type { Outputs } from './outputs.ts';
import type { Runner, RunnerListener } from './runner.ts';
import { runsHere } from './stages.ts';
import { isFinal } from './states.ts';

/** How long an end that could not be written waits before it is tried again. */
const RETRY_MS = 5000;
/** From SIGINT to SIGKILL, for a run that a later one takes the place of: time to finish what it has begun. */
const REPLACE_GRACE_MS = 60_000;
const REPLACED = 'replaced by a later fire of its schedule';

export interface RunEndsOptions {
  store: JobStore;
  runner: () => Runner;
  outputs: Outputs;
  clock: Clock;
  log: Log;
  /** A job reached its final state, and that is on disk. */
  onOver: (job: Job) => void;
}

/** Why a job without a process here ends. */
interface Withdrawal {
  /** Why it can no longer be started, unless somebody asked for its end. */
  reason?: string;
  /** Who did. */
  by?: string | undefined;
}

/** What state a run ends in: what a person asked to stop is CANCELED, whatever its exit code. */
export function endState(exit: Exit, stop: Stop | null): JobState {
  if (stop !== null) return 'CANCELED';
  return exit.code === 0 ? 'SUCCESSFUL' : 'FAILED';
}

/** Records how runs end, and ends those that are to stop. */
export class RunEnds implements RunnerListener {
  readonly #options: RunEndsOptions;
  readonly #cancelTimers = new Map<string, () => void>();

  constructor(options: RunEndsOptions) {
    this.#options = options;
  }

  /** A run has its process. */
  started(jobId: string, process: ProcessIdentity): void {
    const { store } = this.#options;
    const job = store.job(jobId);
    if (job?.state !== 'RUNNING') return;
    // It may be stopped although the process is not written down: the host knows it too.
    if (job.stop !== null) this.#carryOut(jobId, job.stop);
    try {
      store.setProcess(jobId, process);
    } catch (error) {
      this.#options.log.warn({ job: jobId, error: toError(error).message }, 'the pid could not be recorded');
    }
  }

  /** Stops a running job; the stop is on disk when this returns, and is carried on after a restart. */
  stop(job: Job, stop: Stop): void {
    this.#options.store.setStop(job.id, stop);
    this.#carryOut(job.id, stop);
  }

  /** Takes up the stops that were under way when the daemon last ended. */
  resume(running: readonly Job[]): void {
    for (const job of running) if (job.stop !== null) this.#carryOut(job.id, job.stop);
  }

  /** A run is over, or never came to be. Tried again until it is on disk; only then does the host forget it. */
  exited(jobId: string, exit: Exit, at: number): void {
    const { store, outputs, runner, clock, log, onOver } = this.#options;
    this.#cancelTimers.get(jobId)?.();
    this.#cancelTimers.delete(jobId);
    try {
      const job = store.job(jobId);
      if (job === null || isFinal(job.state)) {
        runner().acknowledge(jobId);
        return;
      }
      const { closeReason, totals } = outputs.result(jobId);
      const state = endState(exit, job.stop);
      const change = {
        exit,
        finishedAt: at,
        outputBytes: outputs.size(jobId),
        closeReason: closeReasonOf(state, { exit, stop: job.stop, at }, closeReason),
        totals,
        actors: { completed: RUNNER },
      };
      // It changed when it ended, also if nobody was there to see it.
      const over = store.changeState(jobId, state, change, Math.min(at, clock.now()));
      runner().acknowledge(jobId);
      log.info({ job: jobId, state: over.state, exit }, 'job over');
      onOver(over);
    } catch (error) {
      log.error(
        { job: jobId, error: toError(error).message },
        'the end of a job could not be recorded; trying again in 5 s',
      );
      const cancel = clock.after(RETRY_MS, () => {
        this.exited(jobId, exit, at);
      });
      this.#cancelTimers.set(jobId, cancel);
    }
  }

  /**
   * Cancels a job that has no process here: it waits, or runs elsewhere.
   */
  withdraw(jobId: string, why: Withdrawal): Job {
    const over = this.#withdrawn(jobId, why);
    this.#options.onOver(over);
    return over;
  }

  /**
   * Ends jobs that a later one of their schedule takes the place of: running ones are stopped, gently. To be called in
   * the transaction that makes the later one.
   * @returns what carries it out once the transaction is on disk
   */
  replace(jobs: readonly Job[]): () => void {
    const { store, clock, onOver } = this.#options;
    const [running, others] = [jobs.filter(runsHere), jobs.filter((job) => !runsHere(job))];
    const killAt = clock.now() + REPLACE_GRACE_MS;
    // A stop that would wait for ever gets its end.
    const stopping = running.flatMap(({ id, stop }) => {
      if (stop !== null && stop.killAt !== null) return [];
      return [{ id, stop: { ...(stop ?? { signal: 'SIGINT', sent: false }), killAt } }];
    });
    for (const { id, stop } of stopping) {
      store.setStop(id, stop);
      store.setActors(id, { cancelled: SCHEDULER });
    }
    const over = others.map(({ id }) => this.#withdrawn(id, { reason: REPLACED, by: SCHEDULER }));
    return () => {
      for (const { id, stop } of stopping) this.#carryOut(id, stop);
      over.forEach(onOver);
    };
  }

  #withdrawn(jobId: string, { reason, by }: Withdrawal): Job {
    const { store, outputs, clock } = this.#options;
    const now = clock.now();
    const change: StateChange = {
      ...{ finishedAt: now, closeReason: CANCELLED },
      ...(reason === undefined ? {} : { exit: { code: null, signal: null, reason } }),
      ...(by === undefined ? {} : { actors: { cancelled: by, completed: by } }),
      // Whoever runs it elsewhere may have left records here.
      outputBytes: outputs.size(jobId),
    };
    return store.changeState(jobId, 'CANCELED', change, now);
  }

  /** Lets go of the timers. */
  close(): void {
    for (const cancel of this.#cancelTimers.values()) cancel();
    this.#cancelTimers.clear();
  }

  #carryOut(jobId: string, stop: Stop): void {
    const { runner, clock } = this.#options;
    // A run without a process yet is stopped by `started`.
    if (!stop.sent && !runner().signal(jobId, stop.signal, 'process')) return;
    if (!stop.sent) this.#markSent(jobId, stop);
    const { killAt } = stop;
    if (killAt === null) return;
    this.#cancelTimers.get(jobId)?.();
    const cancel = clock.after(Math.max(0, killAt - clock.now()), () => {
      this.#cancelTimers.delete(jobId);
      runner().signal(jobId, 'SIGKILL', 'group');
    });
    this.#cancelTimers.set(jobId, cancel);
  }

  #markSent(jobId: string, stop: Stop): void {
    try {
      this.#options.store.setStop(jobId, { ...stop, sent: true });
    } catch (error) {
      this.#options.log.warn(
        { job: jobId, error: toError(error).message },
        'a stop could not be recorded as sent',
      );
    }
  }
}

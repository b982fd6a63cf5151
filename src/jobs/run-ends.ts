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
  /** A job reached its final state, though the disk may not have it yet: its slots are free. */
  onOver: (job: Job) => void;
  /** And the disk has it: others may be told. */
  onRecorded: (job: Job) => void;
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
  /** Jobs whose exit was told, and is not acknowledged yet. */
  readonly #ending = new Set<string>();
  #closed = false;

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
      // The host has it on disk.
      store.unsynced(() => {
        store.setProcess(jobId, process);
      });
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

  /** A run is over, or never came to be. Tried again until that is on disk; only then does the host forget it. */
  exited(jobId: string, exit: Exit, at: number): void {
    // Told again meanwhile: it is acknowledged with the first.
    if (this.#ending.has(jobId)) return;
    this.#ending.add(jobId);
    this.#cancelTimers.get(jobId)?.();
    this.#cancelTimers.delete(jobId);
    this.#end(jobId, exit, at);
  }

  #end(jobId: string, exit: Exit, at: number): void {
    const { store, log, onOver } = this.#options;
    let over: Job | null = null;
    try {
      const job = store.job(jobId);
      if (job !== null && !isFinal(job.state)) over = this.#recordEnd(job, exit, at);
    } catch (error) {
      this.#again(jobId, error, () => {
        this.#end(jobId, exit, at);
      });
      return;
    }
    if (over !== null) {
      log.info({ job: jobId, state: over.state, exit }, 'job over');
      onOver(over);
    }
    this.#settle(jobId, over);
  }

  /** @param over null: its end was known already, and told */
  #settle(jobId: string, over: Job | null): void {
    const { store, runner, onRecorded } = this.#options;
    store
      .sync()
      .then(() => {
        if (this.#closed) return;
        this.#ending.delete(jobId);
        runner().acknowledge(jobId);
        if (over !== null) onRecorded(over);
      })
      .catch((error: unknown) => {
        this.#again(jobId, error, () => {
          this.#settle(jobId, over);
        });
      });
  }

  #again(jobId: string, error: unknown, act: () => void): void {
    const { clock, log } = this.#options;
    if (this.#closed) return;
    log.error(
      { job: jobId, error: toError(error).message },
      'the end of a job could not be recorded; trying again in 5 s',
    );
    this.#cancelTimers.set(jobId, clock.after(RETRY_MS, act));
  }

  #recordEnd(job: Job, exit: Exit, at: number): Job {
    const { store, outputs, clock } = this.#options;
    const { closeReason, totals } = outputs.result(job.id);
    const state = endState(exit, job.stop);
    const change = {
      exit,
      finishedAt: at,
      outputBytes: outputs.size(job.id),
      closeReason: closeReasonOf(state, { exit, stop: job.stop, at }, closeReason),
      totals,
      actors: { completed: RUNNER },
    };
    // It changed when it ended, also if nobody was there to see it.
    return store.unsynced(() => store.changeState(job.id, state, change, Math.min(at, clock.now())));
  }

  /**
   * Cancels a job that has no process here: it waits, or runs elsewhere.
   */
  withdraw(jobId: string, why: Withdrawal): Job {
    const over = this.#withdrawn(jobId, why);
    this.#tell(over);
    return over;
  }

  /**
   * Ends jobs that a later one of their schedule takes the place of: running ones are stopped, gently. To be called in
   * the transaction that makes the later one.
   * @returns what carries it out once the transaction is committed. It need not be on disk: a run that was stopped for a
   * fire that a power cut takes back is stopped for the one that is made for it after.
   */
  replace(jobs: readonly Job[]): () => void {
    const { store, clock } = this.#options;
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
      for (const job of over) this.#tell(job);
    };
  }

  #tell(over: Job): void {
    this.#options.onOver(over);
    this.#options.onRecorded(over);
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

  /** Lets go of the timers. What ends from now on is told again after the next start. */
  close(): void {
    this.#closed = true;
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

import type { Clock } from '../clock.ts';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ProjectStore } from '../projects/project.ts';
import type { Job } from './job.ts';
import type { JobStore } from './job-store.ts';
import type { Outputs } from './outputs.ts';
import { planRun, type RunDefaults } from './run-plan.ts';
import type { RunEnds } from './run-ends.ts';
import type { Runner } from './runner.ts';

/** How long the queue rests after nothing could be started: no spider host, or a full disk. */
const REST_MS = 5000;

export interface DispatcherOptions {
  store: JobStore & ProjectStore;
  runner: Runner;
  outputs: Outputs;
  ends: RunEnds;
  defaults: RunDefaults;
  /**
   * Folder of the Python environment.
   * @throws UserError `unavailable` when there is none
   */
  environment: () => string;
  /** Units of concurrency on this node. */
  slots: number;
  clock: Clock;
  log: Log;
}

/**
 * Takes jobs from the queue into free slots. It never polls: whoever adds a job or sees one end calls
 * {@link Dispatcher.wake}, which fills the slots before it returns.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Units that each started or starting job holds. */
  readonly #held = new Map<string, number>();
  #cancelRest: (() => void) | null = null;
  #stopped = true;
  #filling = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins with these jobs in their slots: the ones that ran on while the daemon was away. */
  start(running: readonly Job[]): void {
    for (const job of running) this.#hold(job);
    this.#stopped = false;
    this.wake();
  }

  /** Starts nothing more. What runs goes on. */
  stop(): void {
    this.#stopped = true;
    this.#cancelRest?.();
  }

  /** A job is over: its slots are free. */
  release(jobId: string): void {
    this.#held.delete(jobId);
    this.wake();
  }

  /** Fills the free slots from the queue. A job that waits for several slots is not overtaken. */
  wake(): void {
    // Woken by a job that ended in the middle of it: the loop below goes on by itself.
    if (this.#filling) return;
    this.#filling = true;
    try {
      for (let job = this.#next(); job !== null; job = this.#next()) this.#claim(job);
    } catch (error) {
      this.#rest(error);
    } finally {
      this.#filling = false;
    }
  }

  #next(): Job | null {
    // Also in the middle of filling: a start that fails at once puts its job back in the queue.
    if (this.#stopped || this.#cancelRest !== null) return null;
    const job = this.#options.store.nextPending();
    return job !== null && this.#unitsOf(job) <= this.#free() ? job : null;
  }

  #claim(job: Job): void {
    const { store, clock, ends } = this.#options;
    const version = store.currentVersion(job.project);
    if (version === null) {
      // It was being started when its project was removed, and came back to the queue.
      ends.withdraw(job.id, `project "${job.project}" was removed before it started`);
      return;
    }
    const now = clock.now();
    const claimed = store.changeState(job.id, 'RUNNING', { versionId: version.id, startedAt: now }, now);
    this.#hold(claimed);
    void this.#run(claimed).catch((error: unknown) => {
      this.#rest(error);
    });
  }

  async #run(job: Job): Promise<void> {
    const { store, runner, outputs, defaults, environment, ends, log } = this.#options;
    const version = job.versionId === null ? null : store.version(job.versionId);
    if (version === null) throw new Error(`Job "${job.id}" runs a version that is gone.`);
    try {
      const process = await runner.start(
        planRun(job, version, environment(), outputs.paths(job.id), defaults),
      );
      log.info({ job: job.id, project: job.project, spider: job.spider, pid: process.pid }, 'job started');
      ends.started(job.id, process);
    } catch (error) {
      if (!(error instanceof UserError) || error.kind === 'invalid') {
        const reason = toError(error).message;
        try {
          outputs.note(job.id, `[orbweaver: this run could not be started: ${reason}]`);
        } catch (fault) {
          // A full disk: the job ends all the same, and its record says why.
          log.warn({ job: job.id, error: toError(fault).message }, 'the log of a job could not be written');
        }
        ends.exited(job.id, { code: null, signal: null, reason }, this.#options.clock.now());
        return;
      }
      this.#rest(error);
      this.#giveBack(job);
    }
  }

  /** Nothing was started: the job waits again, unless it was canceled meanwhile. */
  #giveBack(job: Job): void {
    const { store, clock, ends, log } = this.#options;
    if (store.job(job.id)?.stop) {
      ends.exited(job.id, { code: null, signal: null, reason: null }, clock.now());
      return;
    }
    try {
      store.changeState(job.id, 'PENDING', { versionId: null, startedAt: null }, clock.now());
      this.#held.delete(job.id);
    } catch (error) {
      log.error(
        { job: job.id, error: toError(error).message },
        'a job could not be put back in the queue yet',
      );
      clock.after(REST_MS, () => {
        this.#giveBack(job);
      });
    }
  }

  #rest(error: unknown): void {
    const { log, clock } = this.#options;
    log.error({ error: toError(error).message }, 'no job could be started; trying again in 5 s');
    if (this.#stopped) return;
    this.#cancelRest ??= clock.after(REST_MS, () => {
      this.#cancelRest = null;
      this.wake();
    });
  }

  #hold(job: Job): void {
    this.#held.set(job.id, this.#unitsOf(job));
  }

  #free(): number {
    let free = this.#options.slots;
    for (const units of this.#held.values()) free -= units;
    return free;
  }

  /** A job made when there were more slots than now gets all there are. */
  #unitsOf(job: Job): number {
    return Math.min(job.units, this.#options.slots);
  }
}

import type { Clock } from '../clock.ts';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EnvironmentNeeds } from '../projects/environment.ts';
import type { ProjectStore, Version } from '../projects/project.ts';
import { masked, valuesFor, type Variable } from '../projects/variables.ts';
import { RUNNER, type Job } from './job.ts';
import type { JobStore, Wanted } from './job-store.ts';
import type { Outputs } from './outputs.ts';
import { planRun, type RunDefaults } from './run-plan.ts';
import type { RunEnds } from './run-ends.ts';
import type { Runner } from './runner.ts';

/** How long the queue rests after nothing could be started: no spider host, or a full disk. */
const REST_MS = 5000;

/** Where the Python environments of versions come from; null needs are the base environment. */
export interface RunEnvironments {
  /**
   * The environment if it is there.
   * @throws UserError `unavailable` when there can be none
   */
  ready(needs: EnvironmentNeeds | null): { folder: string } | null;
  /**
   * Makes it, which may take minutes.
   * @throws UserError `invalid` when that is in vain, of another kind when it may be tried again
   */
  ensure(needs: EnvironmentNeeds | null, project: string, variables: readonly Variable[]): Promise<unknown>;
}

export interface DispatcherOptions {
  store: JobStore & ProjectStore;
  runner: Runner;
  outputs: Outputs;
  ends: RunEnds;
  defaults: RunDefaults;
  environments: RunEnvironments;
  /** Units of concurrency on this node. */
  slots: number;
  clock: Clock;
  log: Log;
}

/**
 * Takes jobs from the queue into free slots. It never polls: whoever adds a job or sees one end calls
 * {@link Dispatcher.wake}, which claims jobs for the slots before it returns; they are started when the disk has that.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Units that each started or starting job holds. */
  readonly #held = new Map<string, number>();
  /** Jobs for these wait until their environment is made; others go on. */
  readonly #preparing = new Set<Wanted>();
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
      this.#rest(toError(error).message);
    } finally {
      this.#filling = false;
    }
  }

  #next(): Job | null {
    // Also in the middle of filling: a start that fails at once puts its job back in the queue.
    if (this.#stopped || this.#cancelRest !== null || this.#free() <= 0) return null;
    const job = this.#options.store.nextPending([...this.#preparing]);
    return job !== null && this.#unitsOf(job) <= this.#free() ? job : null;
  }

  #claim(job: Job): void {
    const version = this.#versionOf(job);
    if (version === null) {
      this.#withdraw(job);
      return;
    }
    const environment = this.#options.environments.ready(version.environment);
    if (environment === null) {
      void this.#prepare(job, version);
      return;
    }
    const claimed = this.#take(job, version);
    void this.#run(claimed, environment.folder).catch((error: unknown) => {
      this.#rest(toError(error).message);
    });
  }

  #versionOf({ project, version }: Job): Version | null {
    const { store } = this.#options;
    return version === null ? store.currentVersion(project) : store.namedVersion(project, version);
  }

  /** It was being started when its project or version was removed, and came back to the queue. */
  #withdraw({ id, project, version }: Job): void {
    const which = version === null ? '' : `version "${version}" of `;
    const reason = `${which}project "${project}" was removed before it started`;
    this.#options.ends.withdraw(id, { reason });
  }

  #take(job: Job, version: Version): Job {
    const { store, clock } = this.#options;
    const now = clock.now();
    const change = { versionId: version.id, startedAt: now, actors: { started: RUNNER } };
    const claimed = store.unsynced(() => store.changeState(job.id, 'RUNNING', change, now));
    this.#hold(claimed);
    return claimed;
  }

  /** Makes the environment that a job needs, somebody having removed it; the job waits in the queue meanwhile. */
  async #prepare(job: Job, version: Version): Promise<void> {
    const { environments, store, clock, log } = this.#options;
    const wanted = { project: job.project, version: job.version };
    this.#preparing.add(wanted);
    const goOn = () => {
      this.#preparing.delete(wanted);
      this.wake();
    };
    try {
      await environments.ensure(version.environment, job.project, store.variables(job.project));
      goOn();
    } catch (thrown) {
      const error = toError(thrown);
      log.error({ project: job.project, error: error.message }, 'a Python environment could not be made');
      const isInVain = error instanceof UserError && error.kind === 'invalid';
      try {
        if (isInVain && store.job(job.id)?.state === 'PENDING')
          this.#fail(this.#take(job, version), error.message);
      } catch (fault) {
        log.error({ job: job.id, error: toError(fault).message }, 'the end of a job could not be recorded');
      }
      clock.after(REST_MS, goOn);
    }
  }

  async #run(job: Job, environment: string): Promise<void> {
    const { store, runner, outputs, defaults, ends, log } = this.#options;
    const onDisk = store.sync();
    // What follows is done while the disk writes.
    await Promise.resolve();
    const version = job.versionId === null ? null : store.version(job.versionId);
    if (version === null) throw new Error(`Job "${job.id}" runs a version that is gone.`);
    const variables = store.variables(job.project);
    const values = valuesFor(variables, job.spider);
    try {
      const paths = outputs.paths(job.id);
      const run = planRun(job, { version, variables: values }, environment, paths, defaults);
      // What a host was asked to start is known to have been claimed, whatever happens.
      await onDisk;
      if (this.#stopped || store.job(job.id)?.stop) {
        this.#giveBack(job);
        return;
      }
      const process = await runner.start(run);
      log.info({ job: job.id, project: job.project, spider: job.spider, pid: process.pid }, 'job started');
      ends.started(job.id, process);
    } catch (error) {
      const reason = masked(toError(error).message, variables);
      if (!(error instanceof UserError) || error.kind === 'invalid') {
        this.#fail(job, reason);
        return;
      }
      this.#rest(reason);
      this.#giveBack(job);
    }
  }

  /** A claimed job can never be started. */
  #fail(job: Job, reason: string): void {
    const { outputs, ends, clock, log } = this.#options;
    try {
      outputs.note(job.id, `[orbweaver: this run could not be started: ${reason}]`, clock.now());
    } catch (fault) {
      // A full disk: the job ends all the same, and its record says why.
      log.warn({ job: job.id, error: toError(fault).message }, 'the log of a job could not be written');
    }
    ends.exited(job.id, { code: null, signal: null, reason }, clock.now());
  }

  /** Nothing was started: the job waits again, unless it was canceled meanwhile. */
  #giveBack(job: Job): void {
    const { store, clock, ends, log } = this.#options;
    try {
      if (store.job(job.id)?.stop) {
        ends.exited(job.id, { code: null, signal: null, reason: null }, clock.now());
        return;
      }
      store.changeState(job.id, 'PENDING', { versionId: null, startedAt: null }, clock.now());
      this.#held.delete(job.id);
      // The queue of a project without a version is left to workers outside.
      if (this.#versionOf(job) === null) this.#withdraw(job);
    } catch (error) {
      // The next start of the daemon finds that no host was asked.
      if (this.#stopped) return;
      log.error(
        { job: job.id, error: toError(error).message },
        'a job could not be put back in the queue yet',
      );
      clock.after(REST_MS, () => {
        this.#giveBack(job);
      });
    }
  }

  #rest(reason: string): void {
    const { log, clock } = this.#options;
    log.error({ error: reason }, 'no job could be started; trying again in 5 s');
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

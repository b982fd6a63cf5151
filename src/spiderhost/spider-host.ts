import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { toError, UserError } from '../errors.ts';
import type { ProcessIdentity } from '../jobs/job.ts';
import type { Run } from '../jobs/runner.ts';
import { Connection, connectTo } from './connection.ts';
import { startHost } from './host-process.ts';
import { signalProcess } from './process-identity.ts';
import { PROTOCOL } from './protocol.ts';
import type { ExitRecord, Greeting, HostMessage } from './protocol.ts';
import { Records } from './records.ts';

/** A host that is busy importing Scrapy, or waits for a slow disk, answers late. One that is later than this is stuck. */
const MOST_MS_TO_ANSWER = 60_000;
const MS_BETWEEN_ATTEMPTS = 1000;
/** One that has nothing to do ends within milliseconds. */
const MOST_MS_TO_END = 2000;

export interface SpiderHostEvents {
  greeted(host: SpiderHost, greeting: Greeting): void;
  /** Always told before the start's promise resolves. */
  started(host: SpiderHost, job: string, process: ProcessIdentity): void;
  exited(host: SpiderHost, record: ExitRecord): void;
  /** The host has ended, or cannot be understood; its jobs are known by their records only. */
  gone(host: SpiderHost): void;
}

export interface SpiderHostOptions {
  folder: string;
  env: Readonly<Record<string, string>>;
  idleSeconds: number;
  /** Awaited before a host is started. */
  beforeStart: () => Promise<void>;
}

interface PendingStart {
  run: Run;
  timer: NodeJS.Timeout;
  resolve(process: ProcessIdentity): void;
  reject(error: Error): void;
}

class HostEnded extends UserError {
  constructor() {
    super('unavailable', 'The spider host ended before the run was started.');
  }
}

/** The daemon's side of one host folder: its host, whether it runs now or not. */
export class SpiderHost {
  readonly folder: string;
  readonly records: Records;
  readonly #options: SpiderHostOptions;
  readonly #events: SpiderHostEvents;
  readonly #pending = new Map<string, PendingStart>();
  #connection: Connection | undefined;
  #hostProcess: ProcessIdentity | undefined;
  #attaching: Promise<boolean> | undefined;
  #ensuring: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #released = false;

  constructor(options: SpiderHostOptions, events: SpiderHostEvents) {
    this.folder = options.folder;
    this.records = new Records(options.folder);
    this.#options = options;
    this.#events = events;
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  get starting(): boolean {
    return this.#pending.size > 0 || this.#ensuring !== undefined;
  }

  /** The host that serves, as far as it is known. */
  get process(): ProcessIdentity | undefined {
    return this.#hostProcess;
  }

  /** Resolves when the host has ended, while it does so by {@link SpiderHost.end}. */
  get ending(): Promise<void> | undefined {
    return this.#ending;
  }

  /**
   * Connects to the host, if one serves this folder.
   * @throws if it cannot be known whether one does.
   */
  attach(): Promise<boolean> {
    if (this.#connection !== undefined) return Promise.resolve(true);
    this.#attaching ??= this.#attach().finally(() => {
      this.#attaching = undefined;
    });
    return this.#attaching;
  }

  async #attach(): Promise<boolean> {
    const socket = await connectTo(join(this.folder, 'host.sock'));
    if (socket === null) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        connection.close();
      }, MOST_MS_TO_ANSWER);
      const settle = (greeted: boolean): void => {
        clearTimeout(timer);
        resolve(greeted);
      };
      const connection = new Connection(socket, {
        message: (message) => {
          if (message.type !== 'greeting') this.#handle(message);
          else if (message.protocol !== PROTOCOL) connection.close();
          else {
            this.#connection = connection;
            this.#greeted(message);
            settle(true);
          }
        },
        closed: () => {
          settle(false);
          if (this.#connection !== connection) return;
          this.#connection = undefined;
          if (!this.#released) void this.#reattach();
        },
      });
    });
  }

  #greeted(greeting: Greeting): void {
    this.#hostProcess = greeting.process;
    const known = new Map([...greeting.exits, ...greeting.running].map(({ job, process }) => [job, process]));
    for (const { job, pending } of this.#allPending()) {
      // By this host, or by one before it that was killed.
      const process = known.get(job) ?? this.records.start(job)?.process;
      if (process) this.#started(job, process);
      // Perhaps it never arrived; a second start changes nothing.
      else this.#connection?.send({ type: 'start', run: pending.run });
    }
    this.#events.greeted(this, greeting);
  }

  #handle(message: Exclude<HostMessage, Greeting>): void {
    switch (message.type) {
      case 'started':
        this.#started(message.job, message.process);
        break;
      case 'refused':
        if (message.job !== null) this.#refused(message.job, new UserError(message.kind, message.message));
        break;
      case 'exited':
        this.#events.exited(this, message);
        break;
    }
  }

  /** The connection broke: the host may live, or may not. */
  async #reattach(): Promise<void> {
    while (!this.#released) {
      try {
        if (!(await this.attach())) this.#gone();
        return;
      } catch {
        await delay(MS_BETWEEN_ATTEMPTS);
      }
    }
  }

  #gone(): void {
    this.#hostProcess = undefined;
    for (const { job } of this.#allPending()) {
      try {
        const record = this.records.start(job);
        if (record) this.#started(job, record.process);
        else this.#refused(job, new HostEnded());
      } catch (error) {
        this.#refused(job, toError(error));
      }
    }
    this.#events.gone(this);
  }

  /** @see Runner.start */
  async start(run: Run): Promise<ProcessIdentity> {
    try {
      return await this.#start(run);
    } catch (error) {
      if (!(error instanceof HostEnded)) throw error;
      // It ended before it took the run; a new one may fare better.
      return this.#start(run);
    }
  }

  async #start(run: Run): Promise<ProcessIdentity> {
    // Without a turn in between where it serves: others would come first.
    if (this.#connection === undefined || this.#ending !== undefined) await this.#ensure(run.environment);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // What it did can only be known once it is gone. The spiders live on.
        if (this.#hostProcess) signalProcess(this.#hostProcess, 'SIGKILL', 'process');
      }, MOST_MS_TO_ANSWER);
      this.#pending.set(run.jobId, { run, timer, resolve, reject });
      this.#connection?.send({ type: 'start', run });
    });
  }

  #ensure(environment: string): Promise<void> {
    this.#ensuring ??= this.#attachOrStart(environment).finally(() => {
      this.#ensuring = undefined;
    });
    return this.#ensuring;
  }

  async #attachOrStart(environment: string): Promise<void> {
    try {
      await this.#ending;
      if (await this.attach()) return;
      await this.#options.beforeStart();
      await startHost({ ...this.#options, environment });
      if (await this.attach()) return;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError('unavailable', `The spider host cannot be reached: ${toError(error).message}.`);
    }
    throw new UserError(
      'unavailable',
      'The spider host ended as soon as it was started; its host.log says why.',
    );
  }

  #started(job: string, process: ProcessIdentity): void {
    const pending = this.#take(job);
    if (!pending) return;
    this.#events.started(this, job, process);
    pending.resolve(process);
  }

  #refused(job: string, error: Error): void {
    this.#take(job)?.reject(error);
  }

  #take(job: string): PendingStart | undefined {
    const pending = this.#pending.get(job);
    clearTimeout(pending?.timer);
    this.#pending.delete(job);
    return pending;
  }

  #allPending(): { job: string; pending: PendingStart }[] {
    return [...this.#pending].map(([job, pending]) => ({ job, pending }));
  }

  signal(job: string, signal: string, target: 'process' | 'group'): void {
    this.#connection?.send({ type: 'signal', job, signal, target });
  }

  acknowledge(job: string): void {
    if (this.#connection) this.#connection.send({ type: 'ack', job });
    else this.records.forget(job);
  }

  /** Has the host take no more runs, and end after those that it has. */
  drain(): void {
    this.#connection?.send({ type: 'drain' });
  }

  /** Ends the host, which has nothing to do. A start meanwhile waits for it. Resolves when it has ended. */
  end(): Promise<void> {
    this.#ending ??= this.#end().finally(() => {
      this.#ending = undefined;
    });
    return this.#ending;
  }

  async #end(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    const timer = setTimeout(() => {
      if (this.#hostProcess) signalProcess(this.#hostProcess, 'SIGKILL', 'process');
      connection.close();
    }, MOST_MS_TO_END);
    this.drain();
    await connection.closed;
    clearTimeout(timer);
  }

  /** Lets go of the host, which ends if it has nothing to do for a while. */
  release(): void {
    this.#released = true;
    for (const { job } of this.#allPending()) {
      this.#refused(job, new UserError('unavailable', 'The daemon is stopping.'));
    }
    this.#connection?.close();
    this.#connection = undefined;
  }
}

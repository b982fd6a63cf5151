import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { toError } from '../errors.ts';
import type { Exit, ProcessIdentity } from '../jobs/job.ts';
import type { Recovered, Run, Runner, RunnerListener } from '../jobs/runner.ts';
import type { Log } from '../log.ts';
import { hostFolderName, isCurrent } from './host-folder.ts';
import { IdleHosts } from './idle-hosts.ts';
import { Orphans } from './orphans.ts';
import { isRunning, signalProcess } from './process-identity.ts';
import type { ExitRecord, Greeting, StartRecord } from './protocol.ts';
import { SpiderHost } from './spider-host.ts';

export interface SpiderHostsOptions {
  /** Holds one folder for each host. */
  hostsFolder: string;
  /** The clean environment of every host, and so of every spider; nothing else reaches them. */
  env: Readonly<Record<string, string>>;
  listener: RunnerListener;
  log: Log;
  /** Milliseconds since the epoch. */
  now(): number;
  /** After so long without a run and without a daemon a host ends. */
  idleSeconds?: number;
  /** After so long without a run the daemon ends a host. */
  idleMs?: number;
  /** Most resident bytes of all hosts, without their spiders: idle ones end sooner where there are more. */
  memoryLimit?: number;
}

/** Nobody saw how it ended. */
const LOST: Exit = { code: null, signal: null, reason: 'lost' };

interface Tracked {
  host: SpiderHost;
  process: ProcessIdentity | null;
  /** Null while it runs. */
  exit: { exit: Exit; at: number } | null;
  /** Its host is gone, so nobody will tell its exit. */
  orphan: boolean;
}

/** Runs spiders in spider hosts, one for each environment, which outlive the daemon. */
export class SpiderHosts implements Runner {
  readonly #options: SpiderHostsOptions;
  readonly #hosts = new Map<string, SpiderHost>();
  readonly #idle: IdleHosts;
  /** Jobs that run, and those whose exit is not acknowledged. */
  readonly #jobs = new Map<string, Tracked>();
  readonly #starts = new Map<string, Promise<ProcessIdentity>>();
  readonly #orphans: Orphans;
  #recovering = false;
  #closed = false;

  constructor(options: SpiderHostsOptions) {
    this.#options = options;
    this.#orphans = new Orphans((job) => {
      this.#finishOrphan(job);
    });
    this.#idle = new IdleHosts({
      hosts: () => this.#hosts.values(),
      idleMs: options.idleMs ?? 600_000,
      memoryLimit: options.memoryLimit ?? Infinity,
      log: options.log,
    });
    mkdirSync(options.hostsFolder, { recursive: true, mode: 0o700 });
  }

  start(run: Run): Promise<ProcessIdentity> {
    const earlier = this.#jobs.get(run.jobId)?.process;
    if (earlier) return Promise.resolve(earlier);
    const underWay = this.#starts.get(run.jobId);
    if (underWay) return underWay;
    const host = this.#host(hostFolderName(run.environment, this.#options.env));
    this.#idle.remove(host);
    const start = host.start(run).finally(() => {
      this.#starts.delete(run.jobId);
      this.#noteIfIdle(host);
    });
    this.#starts.set(run.jobId, start);
    return start;
  }

  signal(jobId: string, signal: string, target: 'process' | 'group'): boolean {
    const job = this.#jobs.get(jobId);
    if (!job?.process || job.exit) return false;
    if (job.orphan || !job.host.connected) return signalProcess(job.process, signal, target);
    job.host.signal(jobId, signal, target);
    return true;
  }

  acknowledge(jobId: string): void {
    const job = this.#jobs.get(jobId);
    if (!job?.exit) return;
    this.#jobs.delete(jobId);
    try {
      job.host.acknowledge(jobId);
    } catch (error) {
      this.#options.log.warn(
        { job: jobId, error: toError(error).message },
        'the records of a job could not be removed',
      );
    }
    this.#noteIfIdle(job.host);
  }

  async recover(
    jobIds: readonly string[],
    processes: ReadonlyMap<string, ProcessIdentity> = new Map(),
  ): Promise<Map<string, Recovered>> {
    const entries = readdirSync(this.#options.hostsFolder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    this.#recovering = true;
    try {
      await Promise.all(names.map((name) => this.#attach(this.#host(name))));
    } finally {
      this.#recovering = false;
    }
    for (const host of this.#hosts.values()) {
      for (const job of host.records.jobs()) {
        if (!this.#jobs.has(job)) this.#adopt(host, job, jobIds.includes(job));
      }
    }
    for (const job of jobIds) {
      const process = processes.get(job);
      if (process !== undefined && !this.#jobs.has(job)) this.#adoptWithoutRecord(job, process);
    }
    const asked = new Set(jobIds);
    for (const [job, { exit }] of this.#jobs) {
      // Nobody waits for it: it was recorded before the daemon stopped, and not yet acknowledged.
      if (exit && !asked.has(job)) this.acknowledge(job);
    }
    for (const host of [...this.#hosts.values()]) this.#dismissIfOld(host);
    return new Map(jobIds.map((job) => [job, this.#recovered(job)]));
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#orphans.close();
    this.#idle.close();
    for (const host of this.#hosts.values()) host.release();
    return Promise.resolve();
  }

  #host(name: string): SpiderHost {
    const known = this.#hosts.get(name);
    if (known) return known;
    const { hostsFolder, env, idleSeconds = 60 } = this.#options;
    const host = new SpiderHost(
      { folder: join(hostsFolder, name), env, idleSeconds, beforeStart: () => this.#idle.keepLimit() },
      {
        greeted: (_, greeting) => {
          this.#greeted(host, greeting);
        },
        started: (_, job, process) => {
          this.#jobs.set(job, { host, process, exit: null, orphan: false });
        },
        exited: (_, record) => {
          this.#exited(host, record);
        },
        gone: () => {
          this.#gone(host);
        },
      },
    );
    this.#hosts.set(name, host);
    return host;
  }

  async #attach(host: SpiderHost): Promise<void> {
    try {
      await host.attach();
    } catch (error) {
      // Its jobs are known by their records all the same.
      this.#options.log.warn(
        { folder: host.folder, error: toError(error).message },
        'a spider host cannot be reached',
      );
    }
  }

  // What the hosts tell

  #greeted(host: SpiderHost, greeting: Greeting): void {
    const { process, python, scrapy, whyNotFork } = greeting;
    this.#options.log.info({ pid: process.pid, python, scrapy, whyNotFork }, 'a spider host serves');
    for (const run of greeting.running) {
      this.#jobs.set(run.job, { host, process: run.process, exit: null, orphan: false });
    }
    for (const record of greeting.exits) this.#exited(host, record);
    // Before, what it takes was but guessed.
    void this.#idle.keepLimit();
    // What an earlier host of the folder ran, if its end went unnoticed.
    const own = new Set(greeting.running.map(({ job }) => job));
    for (const [job, { host: other, process, exit, orphan }] of this.#jobs) {
      if (other === host && !exit && !orphan && process && !own.has(job)) this.#follow(host, job, process);
    }
  }

  #exited(host: SpiderHost, record: ExitRecord): void {
    const { job, process, exit, at } = record;
    if (this.#jobs.get(job)?.exit) return;
    this.#jobs.set(job, { host, process, exit: { exit, at }, orphan: false });
    if (!this.#recovering) this.#tell(job, exit, at);
  }

  /** Later than the start's promise, which may resolve in this same turn. */
  #tell(job: string, exit: Exit, at: number): void {
    setImmediate(() => {
      if (this.#closed) return;
      try {
        this.#options.listener.exited(job, exit, at);
      } catch (error) {
        this.#options.log.warn({ job, error: toError(error).message }, 'the exit of a job was not taken');
      }
    });
  }

  #gone(host: SpiderHost): void {
    const orphaned = [...this.#jobs].filter(([, job]) => job.host === host && !job.exit);
    if (orphaned.length > 0) {
      this.#options.log.warn({ runs: orphaned.length }, 'a spider host ended; its runs go on');
    }
    for (const [job, { process }] of orphaned) {
      if (process) this.#follow(host, job, process);
    }
    this.#dismissIfOld(host);
  }

  // Jobs without a host

  #follow(host: SpiderHost, job: string, process: ProcessIdentity): void {
    this.#jobs.set(job, { host, process, exit: null, orphan: true });
    this.#orphans.follow(job, { process, output: this.#outputOf(host, job) });
  }

  #outputOf(host: SpiderHost, job: string): StartRecord['run'] | null {
    try {
      return host.records.start(job)?.run ?? null;
    } catch (error) {
      this.#options.log.warn({ job, error: toError(error).message }, 'the output of a run cannot be limited');
      return null;
    }
  }

  #finishOrphan(job: string): void {
    const tracked = this.#jobs.get(job);
    if (!tracked || tracked.exit) return;
    const { host, process } = tracked;
    // Its own last act; without it nobody knows.
    const record = host.records.exit(job);
    const exit = record?.exit ?? LOST;
    const at = record?.at ?? this.#options.now();
    this.#removeWorkFolder(host, job);
    this.#jobs.set(job, { host, process, exit: { exit, at }, orphan: true });
    this.#tell(job, exit, at);
  }

  /** Takes up a job that only a record tells of. */
  #adopt(host: SpiderHost, job: string, asked: boolean): void {
    const start = host.records.start(job);
    // Before the exit is read, which a process writes last.
    const runs = start !== null && isRunning(start.process);
    const record = host.records.exit(job);
    if (record === null && start !== null && runs) {
      this.#follow(host, job, start.process);
      return;
    }
    if (start) this.#removeWorkFolder(host, job);
    const exit = record?.exit ?? LOST;
    const at = record?.at ?? this.#options.now();
    const process = record?.process ?? start?.process ?? null;
    this.#jobs.set(job, { host, process, exit: { exit, at }, orphan: true });
    if (!asked) this.acknowledge(job);
  }

  /** Takes up a job that was started for certain, although nothing in the hosts' folder tells of it any more. */
  #adoptWithoutRecord(job: string, process: ProcessIdentity): void {
    // Its own record of its exit, if it can still write one, comes to lie where a host of its environment is.
    const hosts = [...this.#hosts.values()];
    const host =
      hosts.find(({ folder }) => isCurrent(basename(folder), this.#options.env)) ?? this.#host('unknown');
    if (isRunning(process)) {
      this.#follow(host, job, process);
      return;
    }
    this.#jobs.set(job, { host, process, exit: { exit: LOST, at: this.#options.now() }, orphan: true });
  }

  #removeWorkFolder(host: SpiderHost, job: string): void {
    const start = host.records.start(job);
    if (start === null) return;
    rm(start.run.workFolder, { recursive: true, force: true }).catch((error: unknown) => {
      this.#options.log.warn(
        { job, error: toError(error).message },
        'the folder of a run could not be removed',
      );
    });
  }

  #recovered(jobId: string): Recovered {
    const job = this.#jobs.get(jobId);
    if (!job) return { kind: 'never-started' };
    if (job.exit) return { kind: 'exited', process: job.process, ...job.exit };
    if (!job.process) return { kind: 'never-started' };
    return { kind: 'running', process: job.process };
  }

  // Hosts that are no longer needed

  #dismissIfOld(host: SpiderHost): void {
    if (isCurrent(basename(host.folder), this.#options.env)) {
      this.#noteIfIdle(host);
      return;
    }
    host.drain();
    if (host.connected || this.#uses(host)) return;
    rmSync(host.folder, { recursive: true, force: true });
    this.#hosts.delete(basename(host.folder));
  }

  #uses(host: SpiderHost): boolean {
    return host.starting || [...this.#jobs.values()].some((job) => job.host === host);
  }

  #noteIfIdle(host: SpiderHost): void {
    if (this.#closed || !host.connected || this.#uses(host)) this.#idle.remove(host);
    else this.#idle.add(host);
  }
}

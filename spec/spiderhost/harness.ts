import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Exit } from '../../src/jobs/job.ts';
import type { Run } from '../../src/jobs/runner.ts';
import { SpiderHosts } from '../../src/spiderhost/spider-hosts.ts';
import { sharedEnvironment } from '../support/environment.ts';
import { textOf } from '../support/text-of.ts';

export const PROJECT = join(import.meta.dirname, '../fixtures/projects/surroundings');
export const execFileText = promisify(execFile);

export const WAYS = [
  { way: 'a fork', fork: true },
  { way: 'a fresh interpreter', fork: false },
];

/** What a daemon with a clean environment hands on. */
export const CLEAN_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: tmpdir(), LANG: 'C.UTF-8' };

/** How a run ended and what it left. */
export interface Ended {
  exit: Exit;
  out: string;
  err: string;
}

export interface HarnessOptions {
  env?: Record<string, string>;
  idleSeconds?: number;
  idleMs?: number;
  memoryLimit?: number;
  /** The hosts' folder inside the harness's own. */
  hosts?: string;
}

/** A harness in the environment that all specs share. */
export async function openHarness(options?: HarnessOptions): Promise<Harness> {
  return new Harness((await sharedEnvironment()).folder, options);
}

/** SpiderHosts on a folder of its own, with the fixture project and the real Scrapy. */
export class Harness {
  readonly folder = mkdtempSync(join(tmpdir(), 'spiderhost-spec-'));
  readonly hostsFolder: string;
  /** Pids of the hosts that have greeted, latest last. */
  readonly hostPids: number[] = [];
  /** Why each of them does not fork. */
  readonly whyNotFork: (string | null)[] = [];
  readonly told: { job: string; exit: Exit }[] = [];
  readonly environment: string;
  #options: HarnessOptions;
  readonly #waiting = new Map<string, (exit: Exit) => void>();
  #jobs = 0;
  hosts: SpiderHosts;

  constructor(environment: string, options: HarnessOptions = {}) {
    this.environment = environment;
    this.#options = options;
    this.hostsFolder = join(this.folder, options.hosts ?? 'hosts');
    this.hosts = this.#open();
  }

  #open(): SpiderHosts {
    const { env = CLEAN_ENV, idleSeconds = 5, idleMs = 600_000, memoryLimit = Infinity } = this.#options;
    return new SpiderHosts({
      hostsFolder: this.hostsFolder,
      env,
      listener: {
        exited: (job, exit) => {
          this.told.push({ job, exit });
          this.#waiting.get(job)?.(exit);
        },
      },
      log: { info: this.#note, warn: () => undefined, error: () => undefined },
      now: Date.now,
      idleSeconds,
      idleMs,
      memoryLimit,
    });
  }

  readonly #note = (details: object): void => {
    const { pid, whyNotFork } = details as { pid?: number; whyNotFork?: string | null };
    if (pid === undefined) return;
    this.hostPids.push(pid);
    this.whyNotFork.push(whyNotFork ?? null);
  };

  /** As the daemon does when it is started again. */
  async reopen(changes: HarnessOptions = {}): Promise<void> {
    await this.hosts.close();
    this.#options = { ...this.#options, ...changes };
    this.hosts = this.#open();
  }

  get hostPid(): number {
    return this.hostPids.at(-1)!;
  }

  run(spider: string, changes: Partial<Run> = {}): Run {
    this.#jobs += 1;
    const jobId = `job-${this.#jobs}`;
    const path = (name: string): string => join(this.folder, `${jobId}.${name}`);
    return {
      jobId,
      environment: this.environment,
      projectFolder: PROJECT,
      settingsModule: 'surroundings.settings',
      project: 'surroundings',
      spider,
      args: {},
      settings: {},
      cmdArgs: null,
      env: {},
      fork: true,
      copyProject: false,
      workFolder: join(this.folder, 'work', jobId),
      stdout: path('out'),
      stderr: path('err'),
      items: path('items'),
      records: path('records'),
      stats: path('stats'),
      outputLimit: 1_000_000,
      ...changes,
    };
  }

  /** Resolves at the exit of the job, which is told now or later. */
  exitOf(jobId: string): Promise<Exit> {
    const told = this.told.find(({ job }) => job === jobId);
    if (told) return Promise.resolve(told.exit);
    return new Promise((resolve) => {
      this.#waiting.set(jobId, resolve);
    });
  }

  /** Starts the run, waits for its end and acknowledges it. */
  async finish(run: Run): Promise<Ended> {
    await this.hosts.start(run);
    return this.end(run);
  }

  /** Waits for the end of a run that was started, and acknowledges it. */
  async end(run: Run): Promise<Ended> {
    const exit = await this.exitOf(run.jobId);
    this.hosts.acknowledge(run.jobId);
    return { exit, out: textOf(run.stdout), err: textOf(run.stderr) };
  }

  /** What a `looks` or `arguments` spider saw. */
  async look(run: Run): Promise<Record<string, unknown>> {
    return seenIn(await this.finish(run));
  }

  async close(): Promise<void> {
    await this.hosts.close();
    for (const pid of this.hostPids) kill(pid);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

export function seenIn({ out, err }: { out: string; err: string }): Record<string, unknown> {
  const line = /^SEEN (.*)$/m.exec(out)?.[1];
  if (line === undefined) throw new Error(`the spider printed nothing of what it saw: ${out}\n${err}`);
  return JSON.parse(line) as Record<string, unknown>;
}
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Resolves once the condition holds, which is looked at again whenever something changes in the folder. */
export function whenChanged(folder: string, condition: () => boolean): Promise<void> {
  mkdirSync(folder, { recursive: true });
  return new Promise((resolve, reject) => {
    const watcher = watch(folder, check);
    const timer = setTimeout(() => {
      watcher.close();
      reject(new Error(`nothing that was waited for happened in ${folder}`));
    }, 15_000);
    function check(): void {
      if (!condition()) return;
      clearTimeout(timer);
      watcher.close();
      resolve();
    }
    check();
  });
}

/** Resolves once the file holds the text. */
export async function whenWritten(path: string, text: string): Promise<void> {
  await whenChanged(dirname(path), () => textOf(path).includes(text));
}

export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

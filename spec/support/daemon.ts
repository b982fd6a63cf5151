import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { entry } from '../../bundle/entry.mjs';
import { zipProject } from '../../examples/zip-project.ts';
import { pidsOf } from './processes.ts';

/** The spiders of spec/fixtures/projects/trouble. */
export const TROUBLE_SPIDERS = ['crawling', 'failing', 'fine', 'hanging', 'leaving', 'lines', 'silent'];

const ROOT = join(import.meta.dirname, '..', '..');

/** Where all specs share their Python environments. */
export const ENVIRONMENTS = join(ROOT, '.cache', 'environments');

/** The program as users run it, made anew when a source has changed. */
export const PROGRAM = entry();

/** More would not be sooner on two cores. */
const STARTS_AT_ONCE = 3;

export interface TestDaemonOptions {
  /** A data folder of an earlier daemon; else a new one. */
  data?: string;
  args?: string[];
  env?: Record<string, string>;
  /** What stands before the daemon's own command: `unshare …`. */
  wrapper?: string[];
}

/** How a daemon ended that did not start, and all that it wrote. */
interface Refused {
  code: number | null;
  text: string;
}

/** An answer of the daemon: its status and its JSON, if it is JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what the specs are about
  body: any;
}

/** The daemon as a process of its own, on a port that the system chose. */
export class TestDaemon implements AsyncDisposable {
  readonly data: string;
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #output: { text: string };

  private constructor(data: string, url: string, process: ChildProcess, output: { text: string }) {
    this.data = data;
    this.url = url;
    this.#process = process;
    this.#output = output;
  }

  /** Starts a daemon and resolves when it serves. */
  static async start(options: TestDaemonOptions = {}): Promise<TestDaemon> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    const { process: child, output } = launch(data, options);
    const url = await Promise.race([
      servingUrl(child),
      once(child, 'exit').then(() => {
        throw new Error(`The daemon ended at its start:\n${output.text}`);
      }),
    ]);
    return new TestDaemon(data, url, child, output);
  }

  /** Starts a daemon on a data folder and kills it after so long, whether it serves by then or not. */
  static async killedAtStart(data: string, afterMs: number): Promise<void> {
    const { process: child } = launch(data, {});
    const ended = once(child, 'exit');
    await Promise.race([ended, sleep(afterMs)]);
    child.kill('SIGKILL');
    await ended;
  }

  /** Starts a daemon that is expected to refuse, and resolves when it has ended. */
  static async refusal(options: TestDaemonOptions): Promise<Refused> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    const { process: child, output } = launch(data, options);
    const [code] = (await once(child, 'close')) as [number | null];
    if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    return { code, text: output.text };
  }

  /** The same of several daemons, a few at a time; what they said is in the same order. */
  static async refusals(all: readonly TestDaemonOptions[]): Promise<Refused[]> {
    const refused: Refused[] = [];
    const left = all.entries();
    const worker = async () => {
      for (const [index, options] of left) refused[index] = await TestDaemon.refusal(options);
    };
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, worker));
    return refused;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** What it wrote to stdout and stderr. */
  get output(): string {
    return this.#output.text;
  }

  async get(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json' && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? (JSON.parse(text) as unknown) : null,
    };
  }

  /** Posts fields as an urlencoded form. */
  post(
    path: string,
    fields: Record<string, string> | URLSearchParams,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.get(path, { method: 'POST', body: new URLSearchParams(fields), headers });
  }

  /** Pushes a zip as a multipart file. */
  pushZip(zip: Uint8Array): Promise<Answer> {
    const form = new FormData();
    form.set('archive', new Blob([new Uint8Array(zip)]), 'project.zip');
    return this.get('/push-project.json', { method: 'POST', body: form });
  }

  /** Zips and pushes one of the projects in spec/fixtures/projects. */
  async pushProject(name: string): Promise<Answer> {
    return this.pushZip(await zipProject(join(ROOT, 'spec', 'fixtures', 'projects', name)));
  }

  /** Schedules a job and gives its identifier. */
  async schedule(fields: Record<string, string>): Promise<string> {
    const { status, text, body } = await this.post('/schedule-job.json', {
      project: 'trouble',
      when: 'now',
      ...fields,
    });
    if (status !== 200) throw new Error(`schedule-job answered ${status}: ${text}`);
    return (body as { identifier: string }).identifier;
  }

  /** A job as list-jobs shows it. */
  async job(id: string): Promise<Record<string, unknown>> {
    const { body } = await this.get(`/list-jobs.json?id=${id}`);
    return (body as { jobs: Record<string, unknown>[] }).jobs[0] ?? {};
  }

  async jobs(query: string): Promise<Record<string, unknown>[]> {
    const { body } = await this.get(`/list-jobs.json?${query}`);
    return (body as { jobs: Record<string, unknown>[] }).jobs;
  }

  async log(id: string, stream: 'out' | 'err'): Promise<string> {
    return (await this.get(`/get-log/data/${id}.${stream}`)).text;
  }

  /** Waits until a job is over: its followed log ends then. */
  async over(id: string): Promise<Record<string, unknown>> {
    for (;;) {
      await this.log(id, 'err');
      const job = await this.job(id);
      if (job.status !== 'PENDING' && job.status !== 'RUNNING') return job;
      await sleep(20);
    }
  }

  /** Follows a log until it holds `text`, and leaves. */
  async seen(id: string, stream: 'out' | 'err', text: string): Promise<string> {
    const abort = new AbortController();
    const response = await fetch(`${this.url}/get-log/data/${id}.${stream}`, { signal: abort.signal });
    let read = '';
    try {
      for await (const chunk of response.body ?? []) {
        read += Buffer.from(chunk as Uint8Array).toString();
        if (read.includes(text)) return read;
      }
    } finally {
      abort.abort();
    }
    throw new Error(`"${text}" never came; the log was:\n${read}`);
  }

  /** Sends a signal and waits for the end of the daemon; its spiders and hosts are left alone. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return this.#process.exitCode;
    const closed = once(this.#process, 'exit');
    this.#process.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  }

  /** Ends the daemon, every process that belongs to its data folder, and the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL');
    for (const pid of pidsOf(this.data)) killIfThere(pid);
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }
}

function launch(data: string, { args = [], env = {}, wrapper = [] }: TestDaemonOptions) {
  const command = [
    ...wrapper,
    process.execPath,
    // As run.mjs starts it.
    '--max-semi-space-size=2',
    ...PROGRAM,
    ...['--environments', ENVIRONMENTS],
    // A settings file is to say these itself.
    ...(args.includes('--config') ? [] : ['--data', data]),
    ...(args.includes('--listen') || args.includes('--config') ? [] : ['--listen', '127.0.0.1:0']),
    ...args,
  ];
  const child = spawn(command[0] ?? '', command.slice(1), {
    env: { MALLOC_ARENA_MAX: '1', ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk.toString();
    });
  }
  return { process: child, output };
}

async function servingUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The daemon has no stdout.');
  for await (const line of createInterface(child.stdout)) {
    const url = /https?:\/\/\S+:\d+/.exec(line);
    if (url === null) continue;
    // Leaving the loop pauses it.
    setImmediate(() => child.stdout?.resume());
    return url[0];
  }
  return new Promise(() => undefined);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

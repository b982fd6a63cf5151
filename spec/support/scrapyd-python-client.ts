import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SCRIPT = join(import.meta.dirname, '../fixtures/scrapyd-peers/call_client.py');

export interface PythonClientOptions {
  /** Folder of a Python environment that has it. */
  environment: string;
  /** A home without settings. */
  home: string;
  client: 'ScrapydAPI' | 'ScrapydClient';
  url: string;
  username?: string;
  password?: string;
}

/** What a call gave, or the exception that it raised. */
export type Called = { returned: unknown } | { raised: string; message: string };

/** A client library for scrapyd, in a Python process of its own. */
export class ScrapydPythonClient implements AsyncDisposable {
  /** The names of its public methods. */
  readonly methods: string[];
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(methods: string[], process: ChildProcess, lines: AsyncIterator<string>) {
    this.methods = methods;
    this.#process = process;
    this.#lines = lines;
  }

  static async start(options: PythonClientOptions): Promise<ScrapydPythonClient> {
    const { environment, home, client, url, username = '', password = '' } = options;
    const child = spawn(join(environment, 'bin', 'python'), [SCRIPT, client, url, username, password], {
      env: { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NO_PROXY: '*' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const methods = (await lineOf(lines)) as string[];
    return new ScrapydPythonClient(methods, child, lines);
  }

  /** Calls a method; a last argument `{named: {…}}` has arguments by name, `{file: path}` is a file. */
  async call(method: string, ...args: unknown[]): Promise<Called> {
    this.#process.stdin?.write(`${JSON.stringify([method, args])}\n`);
    return (await lineOf(this.#lines)) as Called;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

async function lineOf(lines: AsyncIterator<string>): Promise<unknown> {
  const line = await lines.next();
  if (line.done === true) throw new Error('The client has ended; stderr says why.');
  return JSON.parse(line.value);
}

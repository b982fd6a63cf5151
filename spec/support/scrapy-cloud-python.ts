import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SCRIPT = join(import.meta.dirname, '../fixtures/scrapy-cloud-peers/evaluate.py');

type Answered = { gave: unknown } | { raised: string; message: string };

/** A Python process with the client library, to run lines of Python in (see evaluate.py). */
export class ScrapyCloudPython implements AsyncDisposable {
  readonly hasMsgpack: boolean;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(hasMsgpack: boolean, process: ChildProcess, lines: AsyncIterator<string>) {
    this.hasMsgpack = hasMsgpack;
    this.#process = process;
    this.#lines = lines;
  }

  /**
   * @param options.environment folder of a Python environment that has it
   * @param options.env what says where the daemon is
   */
  static async start(options: { environment: string; env: Record<string, string>; key: string }) {
    const { environment, env, key } = options;
    const child = spawn(join(environment, 'bin', 'python'), [SCRIPT, key], {
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', NO_PROXY: '*', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return new ScrapyCloudPython((await lineOf(lines)) as boolean, child, lines);
  }

  /**
   * Runs statements; gives what the last expression gives.
   * @throws Error if Python raises
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what the specs are about
  async run(source: string): Promise<any> {
    const answered = await this.#ask(source);
    if ('gave' in answered) return answered.gave;
    throw new Error(`${answered.raised}: ${answered.message}\nwas raised by\n${source}`);
  }

  /** Runs what is to raise; gives `NotFound: its message`. */
  async raised(source: string): Promise<string> {
    const answered = await this.#ask(source);
    if ('raised' in answered) return `${answered.raised}: ${answered.message}`;
    throw new Error(`Nothing was raised, but ${JSON.stringify(answered.gave)} given, by\n${source}`);
  }

  async #ask(source: string): Promise<Answered> {
    this.#process.stdin?.write(`${JSON.stringify(source)}\n`);
    return (await lineOf(this.#lines)) as Answered;
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
  if (line.done === true) throw new Error('Python has ended; stderr says why.');
  return JSON.parse(line.value);
}

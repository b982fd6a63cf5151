import { join } from 'node:path';
import { PythonProcess } from './python-process.ts';

const SCRIPT = join(import.meta.dirname, '../fixtures/scrapy-cloud-peers/evaluate.py');

type Answered = { gave: unknown } | { raised: string; message: string };

/** A Python process with the client library, to run lines of Python in (see evaluate.py). */
export class ScrapyCloudPython implements AsyncDisposable {
  readonly hasMsgpack: boolean;
  readonly #python: PythonProcess;

  private constructor(python: PythonProcess) {
    this.hasMsgpack = python.greeting as boolean;
    this.#python = python;
  }

  /**
   * @param options.environment folder of a Python environment that has it
   * @param options.env what says where the daemon is
   */
  static async start(options: { environment: string; env: Record<string, string>; key: string }) {
    return new ScrapyCloudPython(await PythonProcess.start([SCRIPT, options.key], options));
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
    return (await this.#python.ask(source)) as Answered;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#python[Symbol.asyncDispose]();
  }
}

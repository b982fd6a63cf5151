import { join } from 'node:path';
import { PythonProcess } from './python-process.ts';

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
  readonly #python: PythonProcess;

  private constructor(python: PythonProcess) {
    this.methods = python.greeting as string[];
    this.#python = python;
  }

  static async start(options: PythonClientOptions): Promise<ScrapydPythonClient> {
    const { environment, home, client, url, username = '', password = '' } = options;
    const command = [SCRIPT, client, url, username, password];
    return new ScrapydPythonClient(await PythonProcess.start(command, { environment, env: { HOME: home } }));
  }

  /** Calls a method; a last argument `{named: {…}}` has arguments by name, `{file: path}` is a file. */
  async call(method: string, ...args: unknown[]): Promise<Called> {
    return (await this.#python.ask([method, args])) as Called;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#python[Symbol.asyncDispose]();
  }
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Python script that answers each line of JSON on stdin with one on stdout, and says one by itself first. */
export class PythonProcess implements AsyncDisposable {
  /** What it said first. */
  readonly greeting: unknown;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(greeting: unknown, process: ChildProcess, lines: AsyncIterator<string>) {
    this.greeting = greeting;
    this.#process = process;
    this.#lines = lines;
  }

  /**
   * @param command the script and its arguments
   * @param options.environment folder of a Python environment
   * @param options.env what it finds in its environment beside `PATH`
   */
  static async start(
    command: readonly string[],
    { environment, env }: { environment: string; env: Record<string, string> },
  ): Promise<PythonProcess> {
    const child = spawn(join(environment, 'bin', 'python'), command, {
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', NO_PROXY: '*', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    return new PythonProcess(await next(lines), child, lines);
  }

  /** @throws Error when it has ended */
  ask(question: unknown): Promise<unknown> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
    return next(this.#lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}

async function next(lines: AsyncIterator<string>): Promise<unknown> {
  const line = await lines.next();
  if (line.done === true) throw new Error('Python has ended; stderr says why.');
  return JSON.parse(line.value);
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pidsOf } from './processes.ts';
import { freePort } from './free-port.ts';

/** The real scrapyd as a process of its own, in a folder of its own. */
export class ScrapydServer implements AsyncDisposable {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(url: string, folder: string, process: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = process;
  }

  /**
   * Starts one and resolves when it serves.
   * @param environment folder of a Python environment that has it
   * @param options lines of the section `[scrapyd]` of its settings
   */
  static async start(environment: string, options: Record<string, string> = {}): Promise<ScrapydServer> {
    const folder = mkdtempSync(join(tmpdir(), 'orbweaver-scrapyd-'));
    const port = await freePort();
    const settings = { http_port: String(port), poll_interval: '0.1', items_dir: 'items', ...options };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(join(folder, 'scrapyd.conf'), `[scrapyd]\n${lines.join('\n')}\n`);
    const child = spawn(join(environment, 'bin', 'scrapyd'), [], {
      cwd: folder,
      // Its own settings also come from the home folder; spiders get the whole environment.
      env: { PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await serving(child);
    return new ScrapydServer(`http://127.0.0.1:${port}`, folder, child);
  }

  /** Ends it, its spiders, and its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    for (const pid of pidsOf(this.#folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Resolves when it listens; what it says later is read and thrown away, so that it never waits for a reader. */
function serving(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/Site starting on|\[Launcher\] Scrapyd .* started/.test(said)) resolve();
      });
    }
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error(`scrapyd ended at its start:\n${said}`));
    });
  });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAYS_TO_1970 = 719_163;
const DAY_MS = 86_400_000;
const LONGEST_MS = 60_000;

export interface ShubOptions {
  /** Folder of a Python environment that has it. */
  environment: string;
  /** Its home; what it remembers is kept there. */
  home: string;
  /** The daemon's address: `http://127.0.0.1:7654`. */
  url: string;
}

/** How a command ended, and what it printed. */
export interface Printed {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The real shub, as somebody has set it up for a machine of their own. */
export class Shub {
  readonly #command: string;
  readonly #env: Record<string, string | undefined>;

  constructor({ environment, home, url }: ShubOptions) {
    this.#command = join(environment, 'bin', 'shub');
    this.#env = {
      PATH: `${join(environment, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: home,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      NO_PROXY: '*',
      // Of libraries, about libraries.
      PYTHONWARNINGS: 'ignore',
      SHUB_STORAGE: `${url}/`,
    };
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, '.scrapinghub.yml'), `endpoints:\n  default: ${url}/api/\n`);
    // Without this it asks the internet for a newer one, once a day.
    const remembered = join(home, '.config', 'scrapinghub');
    const today = Math.floor(Date.now() / DAY_MS) + DAYS_TO_1970;
    mkdirSync(remembered, { recursive: true });
    writeFileSync(
      join(remembered, 'last_release.txt'),
      JSON.stringify({ _shub_last_update: today, name: 'v2.18.0', html_url: '' }),
    );
  }

  /**
   * Runs a command in a folder.
   * @param options.input what is typed
   * @param options.onPrinted is given what it prints to stdout, as it comes
   */
  async run(
    folder: string,
    args: readonly string[],
    options: { input?: string; onPrinted?: (text: string) => void } = {},
  ): Promise<Printed> {
    const { input = '', onPrinted = () => undefined } = options;
    const child = spawn(this.#command, args, { cwd: folder, env: this.#env, timeout: LONGEST_MS });
    const printed = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed.stdout += text;
      onPrinted(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
    child.stdin.end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...printed };
  }
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { toError, UserError } from '../errors.ts';
import { PYTHON_FOLDER } from './host-folder.ts';

/** Importing Scrapy takes a second; on a slow disk, for the first time, some more. */
const MOST_MS_TO_START = 120_000;

const readyLine = z.discriminatedUnion('state', [
  z.object({ state: z.literal('serving') }),
  z.object({ state: z.literal('in-use') }),
  z.object({ state: z.literal('failed'), message: z.string() }),
]);

export interface HostOptions {
  folder: string;
  environment: string;
  /** All that the host, and so every spider, finds in its environment. */
  env: Readonly<Record<string, string>>;
  /** After so long without a run and without a connection the host ends. */
  idleSeconds: number;
}

/**
 * Starts a spider host that outlives this process. Resolves when a host serves the folder: this one, or one that was
 * there before.
 * @throws UserError `unavailable`
 */
export async function startHost(options: HostOptions): Promise<void> {
  const python = join(options.environment, 'bin', 'python');
  const child = spawnHost(python, options);
  try {
    const ready = await readyState(child, python);
    if (ready.state === 'failed') throw unavailable(options.environment, ready.message);
  } catch (error) {
    throw error instanceof UserError ? error : unavailable(options.environment, toError(error).message);
  } finally {
    child.stdout?.destroy();
    child.unref();
  }
}

/** Without a pause: an 'error' event that nobody waits for yet would end the daemon. */
function spawnHost(python: string, options: HostOptions): ChildProcess {
  const { folder, environment, env, idleSeconds } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = openSync(join(folder, 'host.log'), 'a', 0o600);
  try {
    const arguments_ = [
      join(PYTHON_FOLDER, 'host_main.py'),
      '--folder',
      folder,
      '--idle',
      String(idleSeconds),
    ];
    return spawn(python, arguments_, {
      cwd: folder,
      // As in an activated environment: a spider finds the programs that were installed beside Scrapy.
      env: { ...env, PATH: [join(environment, 'bin'), env.PATH].filter(Boolean).join(':') },
      detached: true,
      stdio: ['ignore', 'pipe', log],
    });
  } finally {
    closeSync(log);
  }
}

function readyState(child: ChildProcess, python: string): Promise<z.infer<typeof readyLine>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`it did not answer within ${MOST_MS_TO_START / 1000} seconds`));
    }, MOST_MS_TO_START);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT' ? `there is no Python at "${python}"` : error.message;
      settle(() => {
        reject(new Error(missing));
      });
    });
    child.once('exit', (code, signal) => {
      settle(() => {
        reject(new Error(`it ended at once (${signal ?? `exit code ${code ?? 0}`}); its host.log says why`));
      });
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      settle(() => {
        try {
          resolve(readyLine.parse(JSON.parse(line)));
        } catch {
          reject(new Error(`it said "${line.slice(0, 200)}"`));
        }
      });
    });
  });
}

function unavailable(environment: string, why: string): UserError {
  return new UserError(
    'unavailable',
    `The spider host of the environment "${environment}" does not start: ${why}.`,
  );
}

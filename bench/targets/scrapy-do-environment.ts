import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toError } from '../../src/errors.ts';
import { runBounded } from '../../src/projects/bounded-process.ts';
import { cleanEnvironment, pipEnvironment } from '../../src/projects/environment-variables.ts';
import { findPython, type Python } from '../../src/projects/find-python.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'scrapy-do-server');
const READY = join(FOLDER, 'ready');
const SCRAPY_DO = 'scrapy-do==0.5.0';
const TIMEOUT_MS = 10 * 60_000;

/** A virtual environment with Scrapy Do and the given version of Scrapy; made once, and kept in the cache. */
export async function ensureScrapyDo(scrapyVersion: string): Promise<string> {
  const requirements = `${SCRAPY_DO} Scrapy==${scrapyVersion}`;
  if (existsSync(READY) && readFileSync(READY, 'utf8') === requirements) return FOLDER;
  rmSync(FOLDER, { recursive: true, force: true });
  const python = await findOldPython();
  await run(python.executable, ['-m', 'venv', FOLDER]);
  await run(join(FOLDER, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...requirements.split(' ')]);
  writeFileSync(READY, requirements);
  return FOLDER;
}

/** Scrapy Do imports `distutils`, which Python 3.12 has no more. */
async function findOldPython(): Promise<Python> {
  const faults: string[] = [];
  for (const command of ['python3.11', 'python3.10', 'python3']) {
    try {
      const python = await findPython(command, cleanEnvironment(process.env, []));
      if (Number(python.version.split('.')[1]) < 12) return python;
      faults.push(`"${command}" is Python ${python.version}.`);
    } catch (error) {
      faults.push(toError(error).message);
    }
  }
  throw new Error(`Scrapy Do needs Python 3.10 or 3.11. ${faults.join(' ')}`);
}

async function run(command: string, args: string[]): Promise<void> {
  const env = pipEnvironment(process.env);
  const end = await runBounded({ command, args, env, timeoutMs: TIMEOUT_MS, keepBytes: 4096 });
  if (end.code !== 0) throw new Error(`"${[command, ...args].join(' ')}" failed:\n${end.stderr}`);
}

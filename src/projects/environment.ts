import { createHash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { runBounded } from './bounded-process.ts';
import { cleanEnvironment, pipEnvironment } from './environment-variables.ts';
import { findPython } from './find-python.ts';

const SCRIPT = join(import.meta.dirname, 'python', 'make_environment.py');
const BASE_REQUIREMENTS = join(import.meta.dirname, 'base-requirements.txt');
const MARKER = 'orbweaver-environment.json';
/** A slow line, and requirements that must be compiled. */
const TIMEOUT_MS = 10 * 60_000;
const SHOWN_CHARACTERS = 1000;

/** A virtual environment with Scrapy in it. It never changes; a change makes a new one. */
export interface Environment {
  folder: string;
  /** Path of its `bin/python`; its other commands are removed, `python -m` runs them. */
  python: string;
  /** `3.11.7`. */
  pythonVersion: string;
  /** Null if its requirements bring no Scrapy. */
  scrapyVersion: string | null;
}

export interface EnsureOptions {
  /** May be shared by several daemons. Made if it does not exist. */
  environmentsFolder: string;
  /** Command or path of the Python to use; by default the first on PATH that will do. */
  python?: string;
  /** Hears what happens while one is made, line by line. */
  onProgress: (line: string) => void;
  /** Text of a pip requirements file; by default the base, which is Scrapy. */
  requirements?: string;
  /** Where PATH, proxies and pip's own settings come from. */
  env?: NodeJS.ProcessEnv;
}

/** Written last into an environment: that it is ready, and what for. */
const marker = z.object({
  requirementsHash: z.string(),
  /** The Python that was asked for; null is any. */
  requestedPython: z.string().nullable(),
  pythonVersion: z.string(),
  /** What `bin/python` led to: after an upgrade of the system's Python it leads elsewhere, or nowhere. */
  pythonTarget: z.string(),
  scrapyVersion: z.string().nullable(),
});
type Marker = z.infer<typeof marker>;

/**
 * Gives an environment with the requirements, and makes it if there is none: that takes half a minute and the
 * network, finding one again takes neither. Processes that ask at the same time make it once.
 * @throws UserError `unavailable` when there is no Python that will do, or pip fails
 */
export async function ensureEnvironment(options: EnsureOptions): Promise<Environment> {
  const { python, onProgress, env = process.env } = options;
  const environmentsFolder = resolve(options.environmentsFolder);
  const requirements = options.requirements ?? (await readFile(BASE_REQUIREMENTS, 'utf8'));
  const requirementsHash = hash(requirements);
  const requestedPython = python ?? null;
  const known = await findEnvironment(
    environmentsFolder,
    (found) => found.requirementsHash === requirementsHash && found.requestedPython === requestedPython,
  );
  if (known !== null) return known;

  const found = await findPython(python, cleanEnvironment(env, []));
  const minor = found.version.split('.').slice(0, 2).join('.');
  const kind = options.requirements === undefined ? 'base' : 'own';
  const name = `${kind}-py${minor}-${hash(JSON.stringify([found.version, found.prefix, requirements]))}`;
  const folder = join(environmentsFolder, name);
  const facts = { requirementsHash, requestedPython, pythonVersion: found.version };
  const end = await runBounded({
    command: found.executable,
    args: ['-I', SCRIPT, folder, JSON.stringify(facts), requirements],
    env: pipEnvironment(env),
    timeoutMs: TIMEOUT_MS,
    keepBytes: 16 * 1024,
    onLine: onProgress,
  });
  const made = await readEnvironment(folder);
  if (made !== null) return made.environment;
  const tooLong = `it took more than ${TIMEOUT_MS / 60_000} minutes`;
  const reason = end.timedOut ? tooLong : end.stderr.trim().slice(-SHOWN_CHARACTERS);
  throw new UserError(
    'unavailable',
    `The Python environment could not be made: ${reason || 'it was killed'}`,
  );
}

/** The first ready environment whose marker suits. */
async function findEnvironment(
  environmentsFolder: string,
  suits: (found: Marker) => boolean,
): Promise<Environment | null> {
  const names = await readdir(environmentsFolder).catch(() => []);
  for (const name of names.sort()) {
    if (name.includes('.tmp-') || name.endsWith('.lock')) continue;
    const found = await readEnvironment(join(environmentsFolder, name));
    if (found !== null && suits(found.marker)) return found.environment;
  }
  return null;
}

/** An environment, if it is ready and the Python that made it is still there. */
async function readEnvironment(folder: string): Promise<{ environment: Environment; marker: Marker } | null> {
  const python = join(folder, 'bin', 'python');
  try {
    const facts = marker.parse(JSON.parse(await readFile(join(folder, MARKER), 'utf8')));
    if ((await realpath(python)) !== facts.pythonTarget) return null;
    const { pythonVersion, scrapyVersion } = facts;
    return { environment: { folder, python, pythonVersion, scrapyVersion }, marker: facts };
  } catch {
    return null;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

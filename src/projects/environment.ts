import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError, type ErrorKind } from '../errors.ts';
import { runBounded } from './bounded-process.ts';
import { cleanEnvironment, pipEnvironment } from './environment-variables.ts';
import { findPython, findPythonVersion } from './find-python.ts';

const SCRIPT = join(import.meta.dirname, 'python', 'make_environment.py');
/** What every environment meets unless a project's requirements name Scrapy themselves. */
export const BASE_REQUIREMENTS = readFileSync(join(import.meta.dirname, 'base-requirements.txt'), 'utf8');
/** A file in each environment; its age tells when the environment was last used. */
export const MARKER = 'orbweaver-environment.json';
/** A slow line, and requirements that must be compiled. */
const TIMEOUT_MS = 10 * 60_000;
const SHOWN_CHARACTERS = 1000;
/** What exit codes of the script mean; any other is `unavailable`. */
const KINDS: Record<number, ErrorKind> = { 3: 'invalid', 4: 'storage-full' };

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

/** What an environment is to have. Equal needs share one environment. */
export interface EnvironmentNeeds {
  /** The Python: `3.12`; null is any that will do. */
  python: string | null;
  /** Text of a pip requirements file; null is the base, which is Scrapy. */
  requirements: string | null;
  /** Text of a pip constraints file. */
  constraints: string;
}

/** Where packages come from. It does not decide what environment the same needs name. */
export interface PackageSource {
  /** URL of the package index; null: as pip is configured. */
  index: string | null;
  /** Folder with packages; without an index there are no others. */
  wheels: string | null;
}

export interface EnsureOptions {
  /** May be shared by several daemons. Made if it does not exist. */
  environmentsFolder: string;
  /** Command or path of the Python to use; by default the first on PATH that will do. */
  python?: string;
  /** Hears what happens while one is made, line by line. */
  onProgress: (line: string) => void;
  /** By default the base. */
  needs?: EnvironmentNeeds;
  source?: PackageSource;
  /** Where PATH, proxies and pip's own settings come from. */
  env?: NodeJS.ProcessEnv;
}

const BASE: EnvironmentNeeds = { python: null, requirements: null, constraints: '' };

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
 * Gives an environment with what is needed, and makes it if there is none: that takes half a minute and the
 * network, finding one again takes neither. Processes that ask at the same time make it once.
 * @throws UserError `invalid` when there is no such package, it cannot be built, or no such Python is there
 * @throws UserError `unavailable` when there is no Python that will do, or the index does not answer
 * @throws UserError `storage-full`
 */
export async function ensureEnvironment(options: EnsureOptions): Promise<Environment> {
  const { python, onProgress, needs = BASE, source = {}, env = process.env } = options;
  const known = await lookUpEnvironment(options);
  if (known !== null) return known;

  const environmentsFolder = resolve(options.environmentsFolder);
  const { requirements, content, asked } = identityOf(options);
  const clean = cleanEnvironment(env, []);
  const found = await (needs.python === null
    ? findPython(python, clean)
    : findPythonVersion(needs.python, python, clean));
  const minor = found.version.split('.').slice(0, 2).join('.');
  const kind = needs.requirements === null ? 'base' : 'own';
  const name = `${kind}-py${minor}-${hash(JSON.stringify([found.version, found.prefix, content]))}`;
  const folder = join(environmentsFolder, name);
  const facts = { ...asked, pythonVersion: found.version };
  const end = await runBounded({
    command: found.executable,
    args: ['-I', SCRIPT, folder, JSON.stringify(facts)],
    input: JSON.stringify({ requirements, constraints: needs.constraints, ...source }),
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
    KINDS[end.code ?? 1] ?? 'unavailable',
    `The Python environment could not be made: ${reason || 'it was killed'}`,
  );
}

/** The environment with what is needed, if there is one: a matter of milliseconds. */
async function lookUpEnvironment(
  options: Pick<EnsureOptions, 'environmentsFolder' | 'python' | 'needs'>,
): Promise<Environment | null> {
  const { asked } = identityOf(options);
  const all = await readEnvironments(resolve(options.environmentsFolder));
  const found = all.find(
    ({ marker }) =>
      marker.requirementsHash === asked.requirementsHash && marker.requestedPython === asked.requestedPython,
  );
  return found?.environment ?? null;
}

/** The folders of all environments with these requirements, by whatever Python: what is used is among them. */
export async function environmentsLike(
  options: Pick<EnsureOptions, 'environmentsFolder' | 'python' | 'needs'>,
): Promise<Environment[]> {
  const { asked } = identityOf(options);
  const all = await readEnvironments(resolve(options.environmentsFolder));
  return all
    .filter(({ marker }) => marker.requirementsHash === asked.requirementsHash)
    .map(({ environment }) => environment);
}

/** What tells an environment from others, before its Python is known. */
function identityOf({ needs = BASE, python }: Pick<EnsureOptions, 'needs' | 'python'>) {
  const requirements = needs.requirements ?? BASE_REQUIREMENTS;
  const content = needs.constraints === '' ? requirements : `${requirements}\0${needs.constraints}`;
  const pythons = [needs.python, python].filter((each) => typeof each === 'string');
  const requestedPython = pythons.length === 0 ? null : pythons.join(' ');
  return { requirements, content, asked: { requirementsHash: hash(content), requestedPython } };
}

interface Found {
  environment: Environment;
  marker: Marker;
}

/** All that are ready, by name. */
async function readEnvironments(environmentsFolder: string): Promise<Found[]> {
  const names = await readdir(environmentsFolder).catch(() => []);
  const folders = names.filter((name) => !name.includes('.tmp-') && !name.endsWith('.lock')).sort();
  const all = await Promise.all(folders.map((name) => readEnvironment(join(environmentsFolder, name))));
  return all.filter((found) => found !== null);
}

/** An environment, if it is ready and the Python that made it is still there. */
async function readEnvironment(folder: string): Promise<Found | null> {
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

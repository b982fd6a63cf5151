import { join } from 'node:path';
import { z } from 'zod';
import { toError, UserError } from '../errors.ts';
import { runBounded } from './bounded-process.ts';
import type { EnvironmentNeeds } from './environment.ts';

const SCRIPT = join(import.meta.dirname, 'python', 'project_facts.py');
const TIMEOUT_MS = 20_000;
/** Requirements have 256 KiB at most, and JSON doubles some characters. */
const KEEP_BYTES = 2 * 1024 * 1024;

export interface ProjectFactsOptions {
  /** Path of the base environment's `bin/python`. */
  python: string;
  /** The unpacked archive. */
  folder: string;
  /** What the project is called, whatever `scrapy.cfg` says; with a name the archive may be an egg. */
  name?: string;
  /** The file of requirements that counts, relative to `folder`, whatever else there is; only with a name. */
  requirements?: string;
  /** Text of the base requirements, which count unless the project's own name Scrapy. */
  base: string;
  /** The whole environment of the process. */
  env: Record<string, string>;
}

/** What a project says before any of its code runs. */
export interface ProjectFacts {
  /** Null when it cannot be told; the inspection says why. */
  name: string | null;
  /** Null: the base environment will do. */
  environment: EnvironmentNeeds | null;
}

const output = z.union([
  z.strictObject({
    name: z.string().nullable(),
    python: z.string().nullable(),
    requirements: z.string().nullable(),
    constraints: z.string(),
  }),
  z.strictObject({ name: z.string().nullable(), fault: z.string().min(1) }),
]);

/** What a project asks for cannot be had as it is written. Its words may hold what the project keeps secret. */
export class FactsRefusal extends UserError {
  /** The project, where it is known. */
  readonly project: string | null;

  constructor(message: string, project: string | null) {
    super('invalid', message);
    this.project = project;
  }
}

/**
 * Reads a project's name and what its Python environment is to have.
 * @throws FactsRefusal (`invalid`) when its requirements cannot be met as they are written
 * @throws UserError `unavailable` when the base environment does not work
 */
export async function readProjectFacts(options: ProjectFactsOptions): Promise<ProjectFacts> {
  const { python, folder, name, requirements, base, env } = options;
  const given = [name, requirements].filter((argument) => argument !== undefined);
  const end = await runBounded({
    command: python,
    args: ['-I', SCRIPT, folder, base, ...given],
    env,
    timeoutMs: TIMEOUT_MS,
    keepBytes: KEEP_BYTES,
  }).catch((error: unknown) => {
    throw new UserError('unavailable', `The Python of the environment, "${python}", cannot be run.`, {
      cause: toError(error),
    });
  });
  if (end.code !== 0) {
    const why = end.timedOut ? 'it takes too long' : (end.stderr.trim().split('\n').at(-1) ?? '');
    throw new UserError('unavailable', `The project's "scrapy.cfg" and requirements cannot be read: ${why}`);
  }
  const facts = output.parse(JSON.parse(end.stdout));
  if ('fault' in facts) throw new FactsRefusal(facts.fault, facts.name);
  const { name: found, ...needs } = facts;
  const isBase = needs.python === null && needs.requirements === null;
  return { name: found, environment: isBase ? null : needs };
}

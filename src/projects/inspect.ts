import { join } from 'node:path';
import { z } from 'zod';
import { toError, UserError } from '../errors.ts';
import { runBounded, type ProcessEnd } from './bounded-process.ts';
import { masked, type Variable } from './variables.ts';

const SCRIPT = join(import.meta.dirname, 'python', 'inspect_project.py');
const TIMEOUT_MS = 60_000;
const KEEP_BYTES = 4 * 1024 * 1024;
/** How much of a traceback, or of what a dying project printed, is shown. */
const SHOWN_CHARACTERS = 2000;

export interface InspectOptions {
  /** Path of the environment's `bin/python`. */
  python: string;
  /** The unpacked archive. */
  folder: string;
  /** What the project is called, whatever `scrapy.cfg` says; with a name the archive may be an egg. */
  name?: string;
  /** The whole environment of the process. */
  env: Record<string, string>;
  /** All variables of the project: what is secret of them is not told, whatever its code says. */
  variables?: readonly Variable[];
  /** For everything together; the project's code may hang. */
  timeoutMs?: number;
}

const flag = z.boolean().nullable();
const projectInfo = z.strictObject({
  name: z.string().min(1),
  /** Of `scrapy.cfg`, inside the unpacked archive; empty for its root. */
  folder: z.string(),
  settingsModule: z.string().min(1),
  /** Sorted. */
  spiders: z.array(z.string().min(1)),
  /** What `[orbweaver]` in `scrapy.cfg` says; null where it is silent. */
  fork: flag,
  copy: flag,
  capture: flag,
  scrapyVersion: z.string().min(1),
});
/** The project's code runs in the process that writes this, so it is not trusted. */
const fault = z.strictObject({
  kind: z.enum(['invalid', 'unavailable']),
  fault: z.string().min(1),
  detail: z.string(),
});
const inspection = z.union([projectInfo, fault]);

/** What a project says of itself. */
export type ProjectInfo = z.infer<typeof projectInfo>;

/**
 * Reads a project's `scrapy.cfg`, or an egg's entry point, and lists its spiders with Scrapy's own loader, in a process
 * of its own; compiles its bytecode in passing.
 * @throws UserError `invalid` when it is no project that works; ends with the end of the traceback, if there is one
 * @throws UserError `unavailable` when the environment does not work
 */
export async function inspectProject(options: InspectOptions): Promise<ProjectInfo> {
  const { python, folder, name, env, variables = [], timeoutMs = TIMEOUT_MS } = options;
  const mask = (text: string) => masked(text, variables);
  const end = await runBounded({
    command: python,
    args: ['-I', SCRIPT, folder, String(Math.ceil(timeoutMs / 1000)), ...(name === undefined ? [] : [name])],
    env,
    cwd: folder,
    timeoutMs,
    keepBytes: KEEP_BYTES,
  }).catch((error: unknown) => {
    throw new UserError('unavailable', `The Python of the environment, "${python}", cannot be run.`, {
      cause: toError(error),
    });
  });
  const result = inspection.safeParse(parseJson(end.result));
  if (!result.success) throw withoutResult(end, timeoutMs, mask);
  if (!('fault' in result.data)) return result.data;
  const { kind, fault: sentence, detail } = result.data;
  throw new UserError(kind, `${mask(sentence)}\n${endOf(mask(detail))}`.trimEnd());
}

/** The end of a text, from the beginning of a line on. */
function endOf(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return text;
  const end = text.slice(-SHOWN_CHARACTERS);
  return end.slice(end.indexOf('\n') + 1) || end;
}

/** The process is over and has not told what it found. */
function withoutResult(end: ProcessEnd, timeoutMs: number, mask: (text: string) => string): UserError {
  if (end.timedOut) {
    return new UserError(
      'invalid',
      `The project could not be imported within "${timeoutMs / 1000}" seconds.`,
    );
  }
  const printed = mask(end.stderr.trimEnd()).slice(-SHOWN_CHARACTERS);
  const how = end.signal === null ? `with code "${end.code ?? ''}"` : `by signal "${end.signal}"`;
  return new UserError(
    'invalid',
    `The project ended Python ${how} while it was imported.\n${printed}`.trimEnd(),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

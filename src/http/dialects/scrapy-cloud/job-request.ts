import { UserError } from '../../../errors.ts';
import { toJsonText, type Json } from '../../../json-text.ts';
import type { JobRequest } from '../../../jobs/job.ts';
import { checkVariableName } from '../../../projects/environment-variables.ts';
import { shown } from '../../shown.ts';
import { checkTags } from './tags.ts';

/** The priority that is the core's zero. */
const MIDDLE_PRIORITY = 2;
const HIGHEST_PRIORITY = 4;
const MOST_UNITS = 6;

/** What a client says of a new job, with its names for it. Missing, null and empty texts are defaults. */
export interface CloudJob {
  /** Names, not ids. */
  project: string;
  spider: string;
  /** 1 to 6. */
  units?: Json | undefined;
  /** 0 to 4. */
  priority?: Json | undefined;
  tags?: readonly string[];
  /** Objects. */
  spider_args?: Json | undefined;
  job_settings?: Json | undefined;
  environment?: Json | undefined;
  cmd_args?: Json | undefined;
  version?: Json | undefined;
}

/**
 * The same for the core. Whether there is such a spider is not looked at.
 * @throws UserError `invalid` with the name of the field and its value
 */
export function toJobRequest(job: CloudJob): JobRequest {
  return {
    project: job.project,
    spider: job.spider,
    description: '',
    payload: '{}',
    args: readTexts('spider_args', job.spider_args),
    settings: readObject('job_settings', job.job_settings),
    cmdArgs: readText('cmd_args', job.cmd_args),
    env: readVariables(job.environment),
    priority: readNumber('priority', job.priority, [0, HIGHEST_PRIORITY], MIDDLE_PRIORITY) - MIDDLE_PRIORITY,
    units: readNumber('units', job.units, [1, MOST_UNITS], 1),
    fork: null,
    capture: null,
    version: readText('version', job.version),
    tags: checkTags(job.tags ?? []),
    tellNames: false,
  };
}

/** How Scrapy Cloud shows a priority of the core. */
export function shownPriority(priority: number): number {
  return Math.min(HIGHEST_PRIORITY, Math.max(0, Math.round(priority) + MIDDLE_PRIORITY));
}

function isMissing(value: Json | undefined): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

function readNumber(
  name: string,
  value: Json | undefined,
  [least, most]: readonly [number, number],
  otherwise: number,
): number {
  if (isMissing(value)) return otherwise;
  const number = /^\d$/.test(plain(value)) ? Number(plain(value)) : NaN;
  if (number >= least && number <= most) return number;
  throw new UserError(
    'invalid',
    `"${name}" must be a whole number from ${least} to ${most}, not "${shown(value)}".`,
  );
}

function readText(name: string, value: Json | undefined): string | null {
  if (isMissing(value)) return null;
  if (typeof value === 'string') return value;
  throw new UserError('invalid', `"${name}" must be a text, not "${shown(value)}".`);
}

function readObject(name: string, value: Json | undefined): Record<string, Json> {
  if (isMissing(value)) return {};
  if (isObject(value)) return value;
  throw new UserError(
    'invalid',
    `"${name}" must be a JSON object, {"name": "value"}, not "${shown(value)}".`,
  );
}

/** An object of texts; numbers and the like become what JSON writes. */
function readTexts(name: string, value: Json | undefined): Record<string, string> {
  const texts = Object.entries(readObject(name, value)).map(([key, each]) => [key, plain(each)]);
  return Object.fromEntries(texts) as Record<string, string>;
}

function readVariables(value: Json | undefined): Record<string, string> {
  const variables = readObject('environment', value);
  for (const [name, each] of Object.entries(variables)) {
    checkVariableName(name);
    const isScalar = typeof each !== 'object' || JSON.isRawJSON(each);
    // A process can be given neither.
    if (isScalar && !plain(each).includes('\0') && plain(each).isWellFormed()) continue;
    throw new UserError(
      'invalid',
      `The variable "${name}" of "environment" must be a text without NUL, not "${shown(each)}".`,
    );
  }
  return readTexts('environment', value);
}

/** Whether a value is an object; a number that is kept as it was written is none. */
export function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** A text itself, and the JSON of anything else. */
function plain(value: Json): string {
  return typeof value === 'string' ? value : toJsonText(value);
}

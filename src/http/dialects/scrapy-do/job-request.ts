import { toError, UserError } from '../../../errors.ts';
import type { JobRequest } from '../../../jobs/job.ts';
import { isTag, LONGEST_TAG } from '../../../jobs/tags.ts';
import { checkVariableName } from '../../../projects/environment-variables.ts';
import type { Params } from '../../params.ts';
import { RULE_FIELDS } from './schedule-rules.ts';

/** Fields that mean something to this daemon; every other field is a spider argument. */
const OWN = [
  'project',
  'spider',
  'when',
  'description',
  'payload',
  'setting',
  'priority',
  'units',
  'env',
  'arg',
  'fork',
  'capture',
  '_version',
  'tag',
  ...RULE_FIELDS,
];

/** Fields that will mean something: refused, so that no script comes to rely on their being arguments. */
const RESERVED = ['jobid', 'retries', 'retry_delay', 'timeout', 'stall_timeout'];

/** How much of a wrong value is shown. */
const SHOWN_CHARACTERS = 200;

/**
 * What schedule-job's fields ask to be run.
 * @throws UserError `invalid`
 */
export function readJobRequest(params: Params): JobRequest {
  const payload = readPayload(params.get('payload') ?? '{}');
  const args = readArguments(params);
  if (payload !== '{}' && Object.hasOwn(args, 'payload')) throw givenTwice('arg', 'payload');
  return {
    project: params.require('project'),
    spider: params.require('spider'),
    description: params.get('description') ?? '',
    payload,
    args,
    settings: readPairs(params, 'setting'),
    cmdArgs: null,
    env: readEnvironment(params),
    priority: readNumber(params, 'priority', 0),
    units: readUnits(params),
    fork: readFlag(params, 'fork'),
    capture: readFlag(params, 'capture'),
    version: params.get('_version'),
    tags: readTags(params),
    tellNames: false,
  };
}

function readArguments(params: Params): Record<string, string> {
  const args = readPairs(params, 'arg');
  for (const name of params.names()) {
    if (OWN.includes(name)) continue;
    if (name === '')
      throw new UserError('invalid', 'A parameter has no name: spider arguments are NAME=VALUE.');
    if (RESERVED.includes(name)) {
      throw new UserError(
        'invalid',
        `Parameter "${name}" is reserved and not supported yet: leave it out, or pass a spider argument of that name as arg=${name}=VALUE.`,
      );
    }
    if (Object.hasOwn(args, name)) throw givenTwice('arg', name);
    setPair(args, name, params.require(name));
  }
  return args;
}

function readPairs(params: Params, field: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const text of params.all(field)) {
    const at = text.indexOf('=');
    if (at < 1) {
      throw new UserError('invalid', `Parameter "${field}" must be NAME=VALUE, not "${text}".`);
    }
    const name = text.slice(0, at);
    if (Object.hasOwn(pairs, name)) throw givenTwice(field, name);
    setPair(pairs, name, text.slice(at + 1));
  }
  return pairs;
}

/** Sets a pair whatever its name, `__proto__` included. */
function setPair(pairs: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(pairs, name, { value, enumerable: true, configurable: true, writable: true });
}

function readEnvironment(params: Params): Record<string, string> {
  const env = readPairs(params, 'env');
  Object.keys(env).forEach(checkVariableName);
  return env;
}

/** Valid JSON is kept to the letter: numbers beyond 2^53 would not survive being written again. */
function readPayload(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
    const { message } = toError(error);
    throw new UserError('invalid', `Parameter "payload" must be JSON, not "${shown}": ${message}.`, {
      cause: error,
    });
  }
  const isEmptyObject =
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
  return isEmptyObject ? '{}' : text;
}

function readNumber(params: Params, name: string, fallback: number): number {
  const text = params.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new UserError('invalid', `Parameter "${name}" must be a number, not "${text}".`);
}

function readUnits(params: Params): number {
  const units = readNumber(params, 'units', 1);
  if (Number.isInteger(units) && units >= 1) return units;
  throw new UserError('invalid', `Parameter "units" must be a whole number from 1, not "${units}".`);
}

function readTags(params: Params): string[] {
  const tags = params.all('tag');
  for (const tag of tags) {
    if (isTag(tag)) continue;
    const shown = tag.length > SHOWN_CHARACTERS ? `${tag.slice(0, SHOWN_CHARACTERS)}…` : tag;
    throw new UserError(
      'invalid',
      `Parameter "tag" must have 1 to ${LONGEST_TAG} characters, none of them a control character, not "${shown}".`,
    );
  }
  return [...new Set(tags)];
}

function readFlag(params: Params, name: string): boolean | null {
  const text = params.get(name);
  if (text === null) return null;
  if (/^(yes|true|on|1)$/i.test(text)) return true;
  if (/^(no|false|off|0)$/i.test(text)) return false;
  throw new UserError('invalid', `Parameter "${name}" must be yes or no, not "${text}".`);
}

function givenTwice(field: string, name: string): UserError {
  return new UserError('invalid', `The ${field} "${name}" is given twice: give it once.`);
}

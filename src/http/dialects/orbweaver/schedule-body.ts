import { z } from 'zod';
import { UserError } from '../../../errors.ts';
import { toJsonText, type Json } from '../../../json-text.ts';
import type { JobRequest } from '../../../jobs/job.ts';
import { isTag, LONGEST_TAG } from '../../../jobs/tags.ts';
import { checkVariableName } from '../../../projects/environment-variables.ts';
import { NO_RULES, OVERLAPS, type ScheduleRules } from '../../../schedule/schedule.ts';
import type { ScheduleRequest } from '../../../schedule/schedule-service.ts';
import { flag, isText, json, number, object, text, texts, whole } from './values.ts';

const tag = z.custom<string>((value) => isText(value) && isTag(value), {
  error: `must be a text of 1 to ${LONGEST_TAG} characters, none of them a control character`,
});

/** What may be said of a schedule, by the names of schedule-job's fields. */
const RULES = {
  zone: text.nullish(),
  from: text.nullish(),
  until: text.nullish(),
  except: z
    .union([text, z.array(text)], {
      error: 'must be a text such as "2026-12-24, 2026-12-25", or a list of dates',
    })
    .nullish(),
  jitter: text.nullish(),
  overlap: z
    .enum(OVERLAPS, { error: `must be one of ${OVERLAPS.map((word) => `"${word}"`).join(', ')}` })
    .nullish(),
  missed: text.nullish(),
  max_runs: whole(1).nullish(),
};

/** What may be said of its jobs. */
const REQUEST = {
  description: text.nullish(),
  payload: json.nullish(),
  args: texts.nullish(),
  settings: object.nullish(),
  env: texts.nullish(),
  priority: number.nullish(),
  units: whole(1).nullish(),
  fork: flag.nullish(),
  capture: flag.nullish(),
  version: text.nullish(),
  tags: z.array(tag, { error: 'must be a list of texts' }).nullish(),
  cmd_args: text.nullish(),
};

/** A new schedule. A field that is null is as good as none. */
export const NEW_SCHEDULE = z.strictObject(
  { when: text, project: text, spider: text, ...RULES, ...REQUEST },
  { error: 'must be a JSON object' },
);

/** A change of one: what is missing stays, null takes back what was given. */
export const CHANGED_SCHEDULE = z.strictObject(
  { when: text.optional(), spider: text.optional(), ...RULES, ...REQUEST },
  { error: 'must be a JSON object' },
);

type Changed = z.output<typeof CHANGED_SCHEDULE>;

/** What is run where nothing is said. */
const NO_REQUEST: Omit<JobRequest, 'project' | 'spider'> = {
  description: '',
  payload: '{}',
  args: {},
  settings: {},
  cmdArgs: null,
  env: {},
  priority: 0,
  units: 1,
  fork: null,
  capture: null,
  version: null,
  tags: [],
  tellNames: false,
};

/**
 * What a body asks for. Whether its texts make sense is for the core to say.
 * @throws UserError `invalid`
 */
export function newSchedule({
  when,
  project,
  spider,
  ...said
}: z.output<typeof NEW_SCHEDULE>): ScheduleRequest {
  const request = { project, spider, ...NO_REQUEST };
  return changedSchedule({ when, rules: NO_RULES, request }, said);
}

/**
 * What a schedule is to be after a change.
 * @throws UserError `invalid`
 */
export function changedSchedule({ when, rules, request }: ScheduleRequest, said: Changed): ScheduleRequest {
  return { when: said.when ?? when, rules: rulesOf(rules, said), request: requestOf(request, said) };
}

function rulesOf(before: ScheduleRules, said: Changed): ScheduleRules {
  return {
    zone: changed(said.zone, before.zone, NO_RULES.zone),
    from: changed(said.from, before.from, NO_RULES.from),
    until: changed(said.until, before.until, NO_RULES.until),
    except: changed(Array.isArray(said.except) ? datesOf(said.except) : said.except, before.except, null),
    jitter: changed(said.jitter, before.jitter, NO_RULES.jitter),
    overlap: changed(said.overlap, before.overlap, NO_RULES.overlap),
    missed: changed(said.missed, before.missed, NO_RULES.missed),
    maxRuns: changed(said.max_runs, before.maxRuns, NO_RULES.maxRuns),
  };
}

function requestOf(before: JobRequest, said: Changed): JobRequest {
  const request: JobRequest = {
    ...before,
    spider: said.spider ?? before.spider,
    description: changed(said.description, before.description, NO_REQUEST.description),
    payload: changed(payloadOf(said.payload), before.payload, NO_REQUEST.payload),
    args: changed(said.args, before.args, NO_REQUEST.args),
    settings: changed(said.settings, before.settings, NO_REQUEST.settings),
    cmdArgs: changed(said.cmd_args, before.cmdArgs, NO_REQUEST.cmdArgs),
    env: changed(said.env, before.env, NO_REQUEST.env),
    priority: changed(said.priority, before.priority, NO_REQUEST.priority),
    units: changed(said.units, before.units, NO_REQUEST.units),
    fork: changed(said.fork, before.fork, NO_REQUEST.fork),
    capture: changed(said.capture, before.capture, NO_REQUEST.capture),
    version: changed(said.version, before.version, NO_REQUEST.version),
    tags: changed(said.tags && [...new Set(said.tags)], before.tags, NO_REQUEST.tags),
  };
  checkNames(request);
  return request;
}

/** Undefined: it stays. Null: it is taken back. */
function changed<T>(said: T | null | undefined, before: T, none: T): T {
  return said === undefined ? before : (said ?? none);
}

/** An empty list takes the rule back. */
function datesOf(dates: readonly string[]): string | null {
  return dates.length === 0 ? null : dates.join(', ');
}

function payloadOf(payload: Json | undefined): string | null | undefined {
  return payload === undefined || payload === null ? payload : toJsonText(payload);
}

function checkNames({ args, env, payload }: JobRequest): void {
  Object.keys(env).forEach(checkVariableName);
  if (Object.keys(args).some((name) => name === '' || !isText(name))) {
    throw new UserError('invalid', 'The name of an argument in "args" must be a text that is not empty.');
  }
  if (payload !== '{}' && Object.hasOwn(args, 'payload')) {
    throw new UserError(
      'invalid',
      'The argument "payload" is given twice: leave it out of "args", or leave out "payload".',
    );
  }
}

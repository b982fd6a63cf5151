import type { Router } from 'express';
import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Push } from '../../../../jobs/job-moves.ts';
import { parseJson, toJsonText, type Json } from '../../../../json-text.ts';
import { checkSpiderName } from '../../../../projects/names.ts';
import { readNewFields } from '../given-fields.ts';
import { isObject, toJobRequest } from '../job-request.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { readStage } from '../read-stage.ts';
import { sendLines } from '../reply.ts';
import { joinWords } from '../shell-words.ts';
import { mapInTurns } from './in-turns.ts';
import { readJsonLines } from './read-lines.ts';
import { storageRoute } from './storage-route.ts';

/** What a line says of how the job is run; the rest is kept with it. */
const OF_THE_RUN = [
  'spider',
  'state',
  'unique',
  'units',
  'priority',
  'spider_args',
  'job_settings',
  'environment',
  'cmd_args',
  'version',
];

/** New jobs, also of spiders that have no code here. */
export function queuePush(router: Router, options: ScrapyCloudOptions): void {
  storageRoute(router, options, '/jobq/:project/push', {
    POST: async ({ req, res, core, project, jobTokens }) => {
      const { name } = project();
      const lines = await readJsonLines(req);
      // A line that is wrong is found before anything is done.
      const pushes = await mapInTurns(lines, (line, index) => {
        const given = readObject(line, index);
        return { given, push: readPush(given, name) };
      });
      const answers = await mapInTurns(pushes, ({ given, push }): Json => {
        const job = pushed(core, push);
        if (job === null) {
          return { request: given, error: `Active job exists with key ${uniqueOf(given.unique) ?? ''}` };
        }
        return { key: job.key, auth: job.state === 'RUNNING' ? jobTokens.tokenOf(job) : null };
      });
      sendLines(res, answers);
    },
  });
}

/**
 * One line of a body.
 * @throws UserError `invalid` when it is no object
 */
export function readObject(line: string, index: number): Record<string, Json> {
  const value = parseJson(line);
  if (isObject(value)) return value;
  throw new UserError('invalid', `Line ${index + 1} must be a JSON object, {"name": value}.`);
}

function readPush(given: Record<string, Json>, project: string): Omit<Push, 'by'> {
  const { spider, state, unique, ...fields } = given;
  if (typeof spider !== 'string') {
    throw new UserError('invalid', `Missing "spider": give the name of one, as in {"spider": "name"}.`);
  }
  checkSpiderName(spider);
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !OF_THE_RUN.includes(name)));
  const { meta, tags = [], closeReason } = readNewFields(kept);
  const { units, priority, spider_args, job_settings, environment, version } = fields;
  const run = { units, priority, spider_args, job_settings, environment, version };
  const key = uniqueOf(unique);
  return {
    request: toJobRequest({ project, spider, ...run, tags, cmd_args: commandLine(fields, spider) }),
    meta,
    stage: state === undefined || state === null ? 'pending' : readStage(asText(state)),
    ...(key === null ? {} : { uniqueKey: `push:${key}` }),
    ...(typeof closeReason === 'string' ? { closeReason } : {}),
  };
}

/** Null where any number of the same jobs may be active at once. */
function uniqueOf(unique: Json | undefined): string | null {
  return unique === undefined || unique === null || unique === '' ? null : asText(unique);
}

/** What a client gives as one line, or as the words of it; the first of these may be the script itself. */
function commandLine({ cmd_args: line, job_cmd: words }: Record<string, Json>, spider: string): Json {
  if (line !== undefined || !Array.isArray(words)) return line ?? null;
  const texts = words.map(asText);
  return joinWords(texts[0] === spider ? texts.slice(1) : texts);
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : toJsonText(value);
}

/** Null while an active job has the same unique key. */
function pushed(core: CoreView, push: Omit<Push, 'by'>) {
  try {
    return core.moves.push(push);
  } catch (error) {
    if (error instanceof UserError && error.kind === 'conflict') return null;
    throw error;
  }
}

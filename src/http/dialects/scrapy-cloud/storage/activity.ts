import type { Router } from 'express';
import { UserError } from '../../../../errors.ts';
import { parseJson, toJsonText, type Json } from '../../../../json-text.ts';
import type { Activity } from '../../../../projects/project.ts';
import { isObject } from '../job-request.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { sendLines, sendNothing } from '../reply.ts';
import { mapInTurns } from './in-turns.ts';
import { readJsonLines } from './read-lines.ts';
import { readFilter } from './record-filter.ts';
import { storageRoute } from './storage-route.ts';

/** Most events of one answer, and how many they are where nobody says. */
const MOST_EVENTS = 1000;

/** Most characters of an event: thousands are read at once. */
const LONGEST_EVENT = 10_000;

/** How many of the last events a filter is tried on. */
const MOST_LOOKED_AT = 10_000;

/** What happened in a project: what clients tell of it, and what became of its jobs. */
export function activity(router: Router, options: ScrapyCloudOptions): void {
  storageRoute(router, options, '/activity/:project', {
    GET: ({ res, core, query, project }) => {
      const { name } = project();
      const limit = Math.min(query.whole('count') ?? MOST_EVENTS, MOST_EVENTS);
      const isDated = query.all('meta').includes('_ts');
      const filters = query.all('filter').map(readFilter);
      // What is wanted may lie far back.
      const found = core.store.activity(name, filters.length > 0 ? MOST_LOOKED_AT : limit);
      const wanted = found.filter(({ event }) => {
        const record = Buffer.from(toJsonText(event));
        return filters.every((isWanted) => isWanted(record));
      });
      sendLines(
        res,
        wanted.slice(0, limit).map((entry) => (isDated ? dated(entry) : entry.event)),
      );
    },
    POST: async ({ req, res, core, project, now }) => {
      const { name } = project();
      const lines = await readJsonLines(req, checkEvent);
      const events = await mapInTurns(lines, (line) => parseJson(line));
      core.projects.addActivity(name, events, now());
      sendNothing(res);
    },
  });
}

/** @throws UserError `invalid`, `too-large` */
function checkEvent(text: string): void {
  if (!text.startsWith('{')) throw new UserError('invalid', 'It must be a JSON object, {"event": "name"}.');
  if (text.length <= LONGEST_EVENT) return;
  throw new UserError('too-large', `An event may have ${LONGEST_EVENT} characters, not ${text.length}.`);
}

function dated({ at, event }: Activity): Json {
  return isObject(event) ? { ...event, _ts: at } : event;
}

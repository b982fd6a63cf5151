import type { Router } from 'express';
import { UserError } from '../../../../errors.ts';
import { parseJson, toJsonText, type Json } from '../../../../json-text.ts';
import type { Activity } from '../../../../projects/project.ts';
import { isObject } from '../job-request.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { sendLines, sendNothing } from '../reply.ts';
import { readJsonLines } from './read-lines.ts';
import { readFilter } from './record-filter.ts';
import { storageRoute } from './storage-route.ts';

/** Most events of one answer, and how many they are where nobody says. */
const MOST_EVENTS = 1000;

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
      const events = (await readJsonLines(req)).map(parseJson);
      const wrong = events.findIndex((event) => !isObject(event));
      if (wrong !== -1)
        throw new UserError('invalid', `Line ${wrong + 1} must be a JSON object, {"event": "name"}.`);
      core.projects.addActivity(name, events, now());
      sendNothing(res);
    },
  });
}

function dated({ at, event }: Activity): Json {
  return isObject(event) ? { ...event, _ts: at } : event;
}

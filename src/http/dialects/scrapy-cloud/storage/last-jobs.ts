import type { Router } from 'express';
import { UserError } from '../../../../errors.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { sendPieces } from '../reply.ts';
import type { Query } from './query.ts';
import { linesInTurns } from './rows-in-turns.ts';
import { storageRoute, type Call } from './storage-route.ts';
import { rowsFor } from './summary-row.ts';

const MOST_SPIDERS = 1000;

/** The job of each spider that ended last. */
export function lastJobs(router: Router, options: ScrapyCloudOptions): void {
  storageRoute(router, options, '/spiders/:project/lastjobsummary', {
    GET: (call) => {
      const { query } = call;
      const project = call.project();
      const after = readSpider(query, 'startafter', project);
      const from = after === null ? (readSpider(query, 'start', project) ?? 0) : after + 1;
      return send(call, project, {
        from,
        limit: Math.min(query.whole('count') ?? MOST_SPIDERS, MOST_SPIDERS),
      });
    },
  });
  storageRoute(router, options, '/spiders/:project/:spider/lastjobsummary', {
    GET: (call) => {
      const [project, number] = [call.project(), call.part('spider')];
      if (!/^\d{1,10}$/.test(number)) throw noSpider(number);
      return send(call, project, { from: Number(number), limit: 1 }, Number(number));
    },
  });
}

async function send(
  call: Call,
  { name }: ProjectEntry,
  page: { from: number; limit: number },
  only?: number,
): Promise<void> {
  const jobs = call.core.store.lastOfSpiders({ project: name, ...page });
  const ofSpider = jobs.filter(({ key }) => only === undefined || Number(key.split('/')[1]) === only);
  await sendPieces(call.res, linesInTurns([ofSpider], rowsFor(call)));
}

/** A spider by its number, by its key `PROJECT/SPIDER`, or by that of a job of it; null where none is given. */
function readSpider(query: Query, name: string, { id }: ProjectEntry): number | null {
  const text = query.one(name);
  if (text === null) return null;
  const [, project = String(id), spider] = /^(?:(\d{1,10})\/)?(\d{1,10})(?:\/\d+)?$/.exec(text) ?? [];
  if (spider === undefined || Number(project) !== id) throw noSpider(text);
  return Number(spider);
}

function noSpider(text: string): UserError {
  return new UserError('invalid', `"${text}" is no spider of this project: give its id, or PROJECT/SPIDER.`);
}

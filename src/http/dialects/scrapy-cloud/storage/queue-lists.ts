import type { Router } from 'express';
import type { JobSearch } from '../../../../jobs/job-store.ts';
import { statesOf } from '../../../../jobs/stages.ts';
import { toJsonText } from '../../../../json-text.ts';
import type { ScrapyCloudOptions } from '../options.ts';
import { readStage } from '../read-stage.ts';
import { sendJson, sendPieces } from '../reply.ts';
import { mapInTurns } from './in-turns.ts';
import { readKeys, readSearch, readStop } from './job-filters.ts';
import { jobOfKey, spiderOfNumber } from './job-keys.ts';
import { jobsInTurns, linesInTurns } from './rows-in-turns.ts';
import { storageRoute, type Call } from './storage-route.ts';
import { rowsFor } from './summary-row.ts';

/** Most rows of one answer, and how many they are where nobody says. */
const MOST_ROWS = 1000;
const SUMMARY_ROWS = 5;

/** The queues of a summary, in this order. */
const QUEUES = ['pending', 'running', 'finished'];

/** What clients read of the queue of a project. */
export function queueLists(router: Router, options: ScrapyCloudOptions): void {
  const get = (path: string, answer: (call: Call) => Promise<void> | void) => {
    storageRoute(router, options, path, { GET: answer });
  };

  get('/jobq/:project/count', ({ core, query, project, res }) => {
    sendJson(res, core.store.countJobs(readSearch(query, core, project())));
  });

  get('/jobq/:project/list', async (call) => {
    const { core, query, res } = call;
    const project = call.project();
    const search = readSearch(query, core, project);
    const page = { ...pageOf(query, MOST_ROWS), ...readStop(query, core, project, search) };
    await sendPieces(res, linesInTurns(jobsInTurns(core.store, search, page), rowsFor(call)));
  });

  get('/jobq/:project/jobsummary', async (call) => {
    const { core, query, res } = call;
    const project = call.project();
    const keys = readKeys(query);
    // What is wrong is told before the answer begins.
    const jobs = await mapInTurns(keys, (key) => jobOfKey(core, project, key)?.id ?? null);
    const found = function* () {
      for (const id of jobs) {
        const job = id === null ? null : core.store.job(id);
        if (job !== null) yield [job];
      }
    };
    await sendPieces(res, linesInTurns(found(), rowsFor(call)));
  });

  get('/jobq/:project/summary', (call) => {
    return sendSummary(call, QUEUES, {});
  });
  get('/jobq/:project/summary/:queue', (call) => {
    return sendSummary(call, [call.part('queue')], {});
  });
  get('/jobq/:project/:spider/summary', (call) => {
    return sendSummary(call, QUEUES, ofSpider(call));
  });
  get('/jobq/:project/:spider/summary/:queue', (call) => {
    return sendSummary(call, [call.part('queue')], ofSpider(call));
  });
}

/** Which page of a list a query asks for. */
export function pageOf(query: Call['query'], usual: number): { offset: number; limit: number } {
  return { offset: query.whole('start') ?? 0, limit: Math.min(query.whole('count') ?? usual, MOST_ROWS) };
}

/** Null for a spider that is not there: it has no jobs. */
function ofSpider({ core, part, project }: Call): { spider: string | null } {
  return { spider: spiderOfNumber(core, project(), part('spider')) };
}

async function sendSummary(
  call: Call,
  queues: readonly string[],
  of: { spider?: string | null },
): Promise<void> {
  const { core, query, res } = call;
  const { name } = call.project();
  const page = pageOf(query, SUMMARY_ROWS);
  const row = rowsFor(call);
  const searches = queues.map((queue) => ({ queue, states: statesOf(readStage(queue)) }));
  async function* pieces(): AsyncGenerator<string> {
    for (const { queue, states } of searches) {
      const spider = of.spider ?? undefined;
      const search: JobSearch = { project: name, states, ...(spider === undefined ? {} : { spider }) };
      const isThere = of.spider !== null;
      const count = isThere ? core.store.countJobs(search) : 0;
      yield `{"name":${toJsonText(queue)},"count":${count},"summary":[`;
      let before = '';
      for (const jobs of isThere ? jobsInTurns(core.store, search, page) : []) {
        const rows = (await Promise.all(jobs.map(row))).map(toJsonText).join(',');
        if (rows !== '') yield before + rows;
        before = ',';
      }
      yield ']}\n';
    }
  }
  await sendPieces(res, pieces());
}

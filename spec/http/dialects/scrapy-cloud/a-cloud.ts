import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { ANYBODY, type Access } from '../../../../src/access/access.ts';
import { JobTokens } from '../../../../src/access/job-tokens.ts';
import { coreView, type Core } from '../../../../src/access/core-view.ts';
import type { Change } from '../../../../src/access/changes.ts';
import { createApp } from '../../../../src/http/app.ts';
import { accessOf, setAccess } from '../../../../src/http/auth/access-of.ts';
import { scrapyCloud } from '../../../../src/http/dialects/scrapy-cloud/routes.ts';
import { JobMoves } from '../../../../src/jobs/job-moves.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import { Records } from '../../../../src/records/records.ts';
import { OutputFiles } from '../../../../src/spiderhost/output-files.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeJobs } from '../../../support/fake-jobs.ts';
import { openQuickStore } from '../../../support/quick-store.ts';
import { aVersion } from '../../../support/samples.ts';
import { send, urlencoded } from '../../../support/send.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { serve, temporaryFolder } from '../../serve.ts';

export const START = Date.UTC(2026, 10, 22, 10);
export const SLOTS = 2;

/**
 * The dialect on a store of its own and the real core; only what would start processes is not real. Project 123 is there
 * with the version "1" and its spiders "css" and "xpath", and project 200, which is held and has no code.
 */
export async function aCloud({ push }: { push?: Core['projects']['push'] } = {}) {
  const folder = temporaryFolder();
  for (const name of ['logs', 'items', 'stats', 'records', 'uploads']) mkdirSync(join(folder.path, name));
  const database = join(folder.path, 'orbweaver.db');
  const store = openQuickStore(database);
  const clock = new FakeClock(START);
  const outputs = new OutputFiles(folder.path);
  const records = new Records((id) => outputs.paths(id));
  const { runner, watch, ends, dispatcher, jobs } = fakeJobs({ store, clock, outputs, slots: SLOTS });
  const moves = new JobMoves({ store, jobs, dispatcher, watch, outputs, clock });
  const core = { store, jobs, moves, projects: { push } } as unknown as Core;
  store.createProject('quotes', 123);
  store.addVersion(aVersion({ project: 'quotes', name: '1' }));
  store.createProject('elsewhere', 200);
  store.setHeld('elsewhere', true);
  const jobTokens = new JobTokens(store);

  const asks: { access: Access } = { access: ANYBODY };
  const changes: Change[] = [];
  const enter: RequestHandler = (req, _res, next) => {
    setAccess(req, asks.access);
    next();
  };
  const nothing: RequestHandler = (_req, res) => {
    res.status(404).send('nobody');
  };
  const cloud = scrapyCloud({
    coreOf: (req) => coreView(core, accessOf(req), (change) => changes.push(change)),
    ...{ outputs, records, jobTokens, prefixHeader: 'x-forwarded-prefix' },
    uploads: { folder: join(folder.path, 'uploads'), maxBytes: 1_000_000 },
    now: () => clock.now(),
  });
  const app = createApp({
    ...{ guards: [enter], dialects: [cloud], rest: cloud, home: nothing, log: silentLog },
  });
  const server = await serve(app);

  return {
    ...{
      store,
      clock,
      runner,
      outputs,
      records,
      jobTokens,
      dispatcher,
      ends,
      moves,
      asks,
      changes,
      database,
    },
    url: server.url,
    uploads: join(folder.path, 'uploads'),
    get: (path: string) => send(server.url, path),
    /** Posts fields; one whose value is a list is sent several times. */
    post: (path: string, fields: Record<string, string | string[]>) => {
      const pairs = Object.entries(fields).flatMap(([name, values]) =>
        [values].flat().map((value) => urlencoded({ [name]: value }).body.toString()),
      );
      return send(server.url, path, { method: 'POST', ...urlencoded({}), body: pairs.join('&') });
    },
    /** A job by its key. */
    job: (key: string): Job => store.jobByKey(key)!,
    /** Ends a job that runs here. */
    end: (key: string, code = 0) => {
      ends.exited(store.jobByKey(key)!.id, { code, signal: null, reason: null }, clock.now());
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      dispatcher.stop();
      ends.close();
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

export type Cloud = Awaited<ReturnType<typeof aCloud>>;

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ANYBODY, type Access } from '../../../../src/access/access.ts';
import type { Change } from '../../../../src/access/changes.ts';
import { coreView, type Core } from '../../../../src/access/core-view.ts';
import { JobTokens } from '../../../../src/access/job-tokens.ts';
import { createApp } from '../../../../src/http/app.ts';
import type { ScrapyCloudOptions } from '../../../../src/http/dialects/scrapy-cloud/options.ts';
import { scrapyCloud } from '../../../../src/http/dialects/scrapy-cloud/routes.ts';
import { Dispatcher } from '../../../../src/jobs/dispatcher.ts';
import { JobMoves } from '../../../../src/jobs/job-moves.ts';
import { JobService } from '../../../../src/jobs/job-service.ts';
import { JobWatch } from '../../../../src/jobs/job-watch.ts';
import { RunEnds } from '../../../../src/jobs/run-ends.ts';
import { Records } from '../../../../src/records/records.ts';
import { OutputFiles } from '../../../../src/spiderhost/output-files.ts';
import { openSqliteStore } from '../../../../src/store/sqlite/sqlite-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeRunner } from '../../../support/fake-runner.ts';
import { aVersion } from '../../../support/samples.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { serve, temporaryFolder } from '../../serve.ts';

/** When a site begins. */
export const START = 1_700_000_000_000;

/**
 * The dialect over a store, a queue and moves that are real; only processes are not. There is a project `quotes` of id 53
 * with the spiders `css` (1) and `xpath` (2), held unless it is released.
 */
export async function aCloud() {
  const folder = temporaryFolder();
  for (const name of ['logs', 'items', 'stats', 'records']) mkdirSync(join(folder.path, name));
  const store = openSqliteStore(join(folder.path, 'orbweaver.db'));
  store.createProject('quotes', 53);
  store.addVersion(aVersion({ name: 'v1' }));
  store.setHeld('quotes', true);
  const clock = new FakeClock(START);
  const runner = new FakeRunner();
  const watch = new JobWatch();
  const outputs = new OutputFiles(folder.path);
  const records = new Records((id) => outputs.paths(id));
  const common = { store, clock, outputs, watch };
  const ends: RunEnds = new RunEnds({
    ...common,
    runner: () => runner,
    log: silentLog,
    onOver: (job) => {
      watch.announce(job);
      dispatcher.release(job.id);
    },
  });
  const dispatcher: Dispatcher = new Dispatcher({
    ...{ ...common, runner, ends, slots: 2, log: silentLog },
    environments: { ready: () => ({ folder: '/env' }), ensure: () => Promise.resolve() },
    defaults: {
      ...{ projectsFolder: '/p', workFolder: '/w', spiderDataFolder: '/s', outputLimit: 1000 },
      ...{ captureItems: true, access: () => ({}) },
    },
  });
  const jobs = new JobService({ ...common, dispatcher, ends, slots: 2 });
  const moves = new JobMoves({ ...common, jobs, dispatcher });
  dispatcher.start([]);
  const jobTokens = new JobTokens(store);

  const asked = { access: ANYBODY };
  const changes: Change[] = [];
  const core = { store, jobs, moves } as unknown as Core;
  const dialect = scrapyCloud({
    coreOf: () => coreView(core, asked.access, (change) => changes.push(change)),
    ...{ outputs, records, jobTokens, prefixHeader: 'x-forwarded-prefix', now: () => clock.now() },
  } as unknown as ScrapyCloudOptions);
  const home = () => undefined;
  const server = await serve(
    createApp({
      guards: [
        (_req, _res, next) => {
          next();
        },
      ],
      dialects: [dialect],
      rest: dialect,
      home,
      log: silentLog,
    }),
  );

  const ask = (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') =>
    fetch(server.url + path, {
      method,
      // Clients say nothing of the type of what they send.
      ...(body === undefined
        ? {}
        : { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
    });

  return {
    ...{
      store,
      clock,
      runner,
      outputs,
      ends,
      moves,
      jobTokens,
      changes,
      folder: folder.path,
      url: server.url,
    },
    ask,
    /** Asks as somebody else from now on. */
    as(access: Access): void {
      asked.access = access;
    },
    /** What is answered, line by line. */
    async lines<Row = Record<string, unknown>>(
      path: string,
      body?: unknown,
      method?: string,
    ): Promise<Row[]> {
      const response = await ask(path, body, method);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    },
    /** The status and message of a refusal. */
    async refusal(path: string, body?: unknown, method?: string): Promise<[status: number, message: string]> {
      const response = await ask(path, body, method);
      const { message } = (await response.json()) as { message: string };
      return [response.status, message];
    },
    /** Pushes a job; gives its key. */
    async push(fields: object = {}): Promise<string> {
      clock.step(10);
      const [row] = await this.lines('/jobq/53/push', { spider: 'css', ...fields });
      return String(row?.key);
    },
    async update(line: object) {
      clock.step(10);
      return this.lines('/jobq/53/update', line);
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

export type CloudSite = Awaited<ReturnType<typeof aCloud>>;

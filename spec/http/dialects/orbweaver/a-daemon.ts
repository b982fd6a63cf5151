import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { ANYBODY, type Access } from '../../../../src/access/access.ts';
import type { Change } from '../../../../src/access/changes.ts';
import { coreView, type Core } from '../../../../src/access/core-view.ts';
import { createApp } from '../../../../src/http/app.ts';
import { accessOf, setAccess } from '../../../../src/http/auth/access-of.ts';
import { orbweaver } from '../../../../src/http/dialects/orbweaver/routes.ts';
import { hostGuard } from '../../../../src/http/guard.ts';
import { ScheduleService } from '../../../../src/schedule/schedule-service.ts';
import { Scheduler } from '../../../../src/schedule/scheduler.ts';
import { OutputFiles } from '../../../../src/spiderhost/output-files.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeJobs } from '../../../support/fake-jobs.ts';
import { openQuickStore } from '../../../support/quick-store.ts';
import { aVersion } from '../../../support/samples.ts';
import { send, type Sent } from '../../../support/send.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { serve, temporaryFolder } from '../../serve.ts';

/** A schedule, a fire or a job in JSON. */
interface Row {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what the specs are about
  [name: string]: any;
  id: string;
  state: string;
  zone: string;
  at: string;
  schedule: string;
}

/** What is answered, one thing or a list. */
interface Told extends Row {
  schedules: Row[];
  fires: Row[];
  hours: { hour: string; count: number }[];
  errors: { pointer?: string; parameter?: string; detail: string }[];
  next_cursor: string | null;
  job: Row;
  detail: string;
}

/** What is there where nothing is answered. */
const NOTHING = {} as Told;

/** A monday. */
export const START = Date.UTC(2026, 5, 1, 9, 0, 5);
export const ZONE = 'Europe/Zurich';
const SLOTS = 2;

/**
 * The native API on a store of its own and the real core; only the clock and what would start processes are not real.
 * The projects "quotes" and "secret" are there, with the spiders "css" and "xpath".
 */
export async function aDaemon() {
  const folder = temporaryFolder();
  for (const name of ['logs', 'items', 'stats', 'records']) mkdirSync(join(folder.path, name));
  const store = openQuickStore(join(folder.path, 'orbweaver.db'));
  const clock = new FakeClock(START);
  const outputs = new OutputFiles(folder.path);
  const { runner, ends, dispatcher, jobs } = fakeJobs({ store, clock, outputs, slots: SLOTS });
  const scheduling = { store, clock, zone: ZONE, random: () => 0.5 };
  const scheduler = new Scheduler({
    ...scheduling,
    onJobs: () => {
      dispatcher.wake();
    },
    replace: (replaced) => ends.replace(replaced),
    log: silentLog,
  });
  const schedules = new ScheduleService({ ...scheduling, scheduler, jobs });
  const core = { store, jobs, schedules } as unknown as Core;
  store.addVersion(aVersion({ project: 'quotes', name: '1' }));
  store.addVersion(aVersion({ project: 'secret', name: '1' }));
  dispatcher.start([]);
  scheduler.start();

  const asks: { access: Access } = { access: ANYBODY };
  const changes: Change[] = [];
  const enter: RequestHandler = (req, _res, next) => {
    setAccess(req, asks.access);
    next();
  };
  const nothing: RequestHandler = (_req, res) => {
    res.status(404).send('nobody');
  };
  const native = orbweaver({
    coreOf: (req) => coreView(core, accessOf(req), (change) => changes.push(change)),
    prefixHeader: 'x-forwarded-prefix',
    now: () => clock.now(),
  });
  const guards = [hostGuard({ hosts: [], origins: [] }), enter];
  const app = createApp({ guards, dialects: [native], rest: native, home: nothing, log: silentLog });
  const server = await serve(app);

  /** Asks, and gives the JSON that is answered. */
  const ask = async (method: string, path: string, body?: unknown, sent: Sent = {}) => {
    const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...sent.headers,
    };
    const answer = await send(server.url, path, { method, ...text, headers });
    const type = answer.headers.get('content-type') ?? '';
    return { ...answer, type, json: answer.text === '' ? NOTHING : (JSON.parse(answer.text) as Told) };
  };

  return {
    ...{ store, clock, runner, dispatcher, ends, schedules, asks, changes, ask, url: server.url },
    get: (path: string) => ask('GET', path),
    /** Makes a schedule, and gives it as JSON. */
    add: async (fields: object = {}) => {
      const body = { when: 'every 10 minutes', project: 'quotes', spider: 'css', ...fields };
      const { status, json, text } = await ask('POST', '/api/v1/schedules', body);
      if (status !== 201) throw new Error(text);
      return json;
    },
    /** Whoever asks from now on has a key for these projects only. */
    asKey: (projects: string[] | null, readOnly = false) => {
      asks.access = { ...ANYBODY, who: { kind: 'key', name: 'a key' }, projects, readOnly };
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      scheduler.stop();
      dispatcher.stop();
      ends.close();
      store.close();
      folder[Symbol.dispose]();
    },
  };
}

export type ADaemon = Awaited<ReturnType<typeof aDaemon>>;

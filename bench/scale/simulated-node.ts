import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openQuickStore } from '../../spec/support/quick-store.ts';
import { silentLog } from '../../spec/support/silent-log.ts';
import { aRequest, aVersion } from '../../spec/support/samples.ts';
import type { Random } from '../../spec/schedule/simulated-year/random.ts';
import { Dispatcher } from '../../src/jobs/dispatcher.ts';
import { JobService } from '../../src/jobs/job-service.ts';
import { JobWatch } from '../../src/jobs/job-watch.ts';
import type { Outputs } from '../../src/jobs/outputs.ts';
import { RunEnds } from '../../src/jobs/run-ends.ts';
import type { Runner } from '../../src/jobs/runner.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';
import { ScheduleService } from '../../src/schedule/schedule-service.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { percentile } from '../support/statistics.ts';
import { duration, type Drawn } from './mix.ts';
import { VirtualClock } from './virtual-clock.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.parse('2026-06-02T00:00:00Z');
/** The schedules are made in these hours before, so that those that run every hour do so at any minute of it. */
const WARM_UP_MS = 2 * 3_600_000;

export interface NodeOptions {
  folder: string;
  slots: number;
  schedules: readonly Drawn[];
  random: Random;
  /** Each fire is put off by up to so long: `20 minutes`; null for none. */
  jitter: string | null;
}

/** What came of the jobs that were made from midnight on. */
export interface NodeResult {
  jobs: number;
  /** Part of the slots' time in which jobs ran. */
  utilisation: number;
  /** Seconds from the fire to the start. */
  waits: { median: number; p95: number; p99: number; most: number };
  /** Jobs that still waited at the end. */
  left: number;
  /** Milliseconds of CPU for each job, of scheduler, dispatcher and store, with all that simulates around them. */
  cpuMs: number;
}

const NO_OUTPUTS: Outputs = {
  paths: () => ({ stdout: '', stderr: '', items: '', records: '', stats: '' }),
  size: () => 0,
  stats: () => null,
  result: () => ({ closeReason: 'finished', totals: { items: 0, pages: 0, logs: 0, errors: 0 } }),
  note: () => undefined,
  jobIds: () => [],
  remove: () => undefined,
};

/** The daemon's own scheduler, dispatcher and store on a virtual clock, for a day from midnight on. */
export async function simulateNode(options: NodeOptions): Promise<NodeResult> {
  const { folder, slots, schedules, random, jitter } = options;
  const path = join(folder, 'orbweaver.db');
  const clock = new VirtualClock(MIDNIGHT - WARM_UP_MS);
  const store = openQuickStore(path);
  store.addVersion(aVersion());
  const lastOf = new Map<string, Drawn>();
  const runner: Runner = {
    start({ jobId, args }) {
      const drawn = lastOf.get(args.schedule ?? '');
      if (drawn === undefined) throw new Error(`a job of no schedule: "${jobId}"`);
      clock.after(duration(drawn, random), () => {
        ends.exited(jobId, { code: 0, signal: null, reason: null }, clock.now());
      });
      return Promise.resolve({ pid: 1, startTime: '1', bootId: 'boot' });
    },
    signal: () => false,
    acknowledge: () => undefined,
    recover: () => Promise.resolve(new Map()),
    close: () => Promise.resolve(),
  };
  const ends: RunEnds = new RunEnds({
    ...{ store, runner: () => runner, outputs: NO_OUTPUTS, clock, log: silentLog },
    onOver: ({ id }) => {
      dispatcher.release(id);
    },
    onRecorded: () => undefined,
  });
  const dispatcher: Dispatcher = new Dispatcher({
    ...{ store, runner, outputs: NO_OUTPUTS, ends, clock, log: silentLog, slots },
    environments: { ready: () => ({ folder: '/env' }), ensure: () => Promise.resolve() },
    defaults: {
      ...{ projectsFolder: '/projects', workFolder: '/runs', spiderDataFolder: '/data' },
      ...{ outputLimit: 1000, captureItems: true, access: () => ({}) },
    },
  });
  const jobs = new JobService({ store, dispatcher, ends, watch: new JobWatch(), slots, clock });
  const common = { store, clock, random: random.next, zone: 'UTC' };
  const scheduler = new Scheduler({
    ...{ ...common, replace: (replaced) => ends.replace(replaced), log: silentLog },
    onJobs: () => {
      dispatcher.wake();
    },
  });
  const service = new ScheduleService({ ...common, scheduler, jobs });
  scheduler.start();
  dispatcher.start([]);
  for (const [number, drawn] of schedules.entries()) {
    await clock.until(MIDNIGHT - WARM_UP_MS + Math.floor((WARM_UP_MS * number) / schedules.length));
    const name = String(number);
    lastOf.set(name, drawn);
    service.add({
      when: drawn.spec,
      rules: { ...NO_RULES, jitter },
      request: aRequest({ args: { schedule: name } }),
    });
  }
  await clock.until(MIDNIGHT);
  const before = process.cpuUsage();
  const end = MIDNIGHT + DAY_MS;
  await clock.until(end);
  const { user, system } = process.cpuUsage(before);
  scheduler.stop();
  dispatcher.stop();
  store.close();
  const result = resultOf(path, { slots, from: MIDNIGHT, end });
  return { ...result, cpuMs: (user + system) / 1000 / result.jobs };
}

interface Times {
  created: number;
  started: number | null;
  finished: number | null;
}

/** A job that still waits has waited until now. */
function resultOf(path: string, { slots, from, end }: { slots: number; from: number; end: number }) {
  const database = new DatabaseSync(path, { readOnly: true });
  const sql = `SELECT created_at AS created, started_at AS started, finished_at AS finished FROM jobs
               WHERE coalesce(finished_at, ?) > ?`;
  const jobs = database.prepare(sql).all(end, from) as unknown as Times[];
  database.close();
  const made = jobs.filter(({ created }) => created >= from && created < end);
  const waits = made.map(({ created, started }) => ((started ?? end) - created) / 1000);
  const busy = jobs.reduce(
    (sum, { started, finished }) =>
      started === null ? sum : sum + Math.min(finished ?? end, end) - Math.max(started, from),
    0,
  );
  return {
    jobs: made.length,
    utilisation: busy / (slots * (end - from)),
    waits: {
      median: percentile(waits, 0.5),
      p95: percentile(waits, 0.95),
      p99: percentile(waits, 0.99),
      most: percentile(waits, 1),
    },
    left: made.filter(({ started }) => started === null).length,
  };
}

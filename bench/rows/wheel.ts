import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TestDaemon } from '../../spec/support/daemon.ts';
import { aRequest, aVersion } from '../../spec/support/samples.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Bench, Row, Table } from '../row.ts';
import { cpuMsOf, cpuSeconds } from '../support/cpu-time.ts';
import { percentile } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import type { WheelCosts } from '../support/wheel-costs.ts';

const WHEEL_COSTS = join(import.meta.dirname, '..', 'support', 'wheel-costs.ts');
const SCHEDULES = 100_000;
const ADDED_AT_ONCE = 1000;
const HOUR_MS = 3_600_000;
/** Fires begin so long after the schedules are made: the daemon has started, and has looked at every plan. */
const SETTLE_MS = 40_000;
const FIRES_MS = 20_000;
/** The daemon wakes every 30 s at the latest. */
const IDLE_MS = 95_000;
const RATES = [1000, 2000];

/** What became of fires that were due at an even rate. */
interface Fires {
  /** Fires a second that were due. */
  rate: number;
  /** A second, when the time was over. */
  made: number;
  lateMs: readonly number[];
  cpuUsEach: number;
}

/** In memory without a store; then from a daemon's wheel to its disk. */
export const wheel: Row = {
  name: 'wheel',
  what: 'The timer wheel, and stored fires',
  async measure(bench) {
    bench.note('1,000,000 timers in memory');
    const costs = await measureWheel();
    const fires: Fires[] = [];
    for (const rate of RATES) {
      bench.note(`${SCHEDULES} schedules, ${rate} fires a second`);
      fires.push(await measureFires(bench, rate));
    }
    bench.note(`${SCHEDULES} schedules, none due`);
    const idle = await measureIdle(bench);
    const atThousand = fires.find(({ rate }) => rate === 1000);
    return {
      claims: [
        { what: 'insert, of 1,000,000', measured: costs.us.insert, unit: 'us', limit: { atMost: 3 } },
        { what: 'cancel, of 1,000,000', measured: costs.us.cancel, unit: 'us', limit: { atMost: 3 } },
        {
          what: 'memory of each, its id included',
          measured: costs.bytes.wheel + costs.bytes.ids,
          ...{ unit: 'bytes', limit: { atMost: 200 } },
        },
        {
          what: 'stored fires a second of 1,000 that are due',
          measured: Math.round(atThousand?.made ?? NaN),
          // The last of them may be under way.
          ...{ unit: '', limit: { atLeast: 995 } },
        },
        {
          what: 'lateness of a fire when it is made, p99',
          measured: percentile(atThousand?.lateMs ?? [], 0.99),
          ...{ unit: 'ms', limit: { atMost: 50 } },
        },
        {
          what: 'CPU of the daemon while nothing is due, of one core',
          measured: idle * 100,
          ...{ unit: '%', limit: { atMost: 0.5 } },
        },
      ],
      tables: [wheelTable(costs), firesTable(fires)],
    };
  },
};

async function measureWheel(): Promise<WheelCosts> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', WHEEL_COSTS]);
  return JSON.parse(stdout) as WheelCosts;
}

/** The jobs wait: their project is held, so that what is measured is the making of them. */
async function measureFires(bench: Bench, rate: number): Promise<Fires> {
  const folder = bench.folder();
  const begin = Date.now() + SETTLE_MS;
  putSchedules(folder, (index) => begin + Math.floor((index * 1000) / rate));
  await using daemon = await TestDaemon.start({ data: folder });
  await sleep(begin - 1000 - Date.now());
  const before = cpuSeconds([daemon.pid]);
  await sleep(begin + FIRES_MS - Date.now());
  using db = new DatabaseSync(join(folder, 'orbweaver.db'), { readOnly: true });
  const lateMs = db
    .prepare('SELECT late_ms FROM jobs WHERE late_ms IS NOT NULL')
    .all()
    .map((row) => row.late_ms as number);
  const cpuUsEach = ((cpuSeconds([daemon.pid]) - before) * 1e6) / lateMs.length;
  return { rate, made: lateMs.length / (FIRES_MS / 1000), lateMs, cpuUsEach };
}

/** CPU time of a daemon whose schedules all fire later, as a part of the time that passes. */
async function measureIdle(bench: Bench): Promise<number> {
  const folder = bench.folder();
  const soon = Date.now() + HOUR_MS;
  putSchedules(folder, (index) => soon + index * 36);
  await using daemon = await TestDaemon.start({ data: folder });
  await sleep(SETTLE_MS);
  const before = cpuMsOf(daemon.pid);
  await sleep(IDLE_MS);
  return (cpuMsOf(daemon.pid) - before) / IDLE_MS;
}

/** Schedules of a held project, each with its first fire. */
function putSchedules(folder: string, firstFireAt: (index: number) => number): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'orbweaver.db');
  const store = openSqliteStore(path);
  store.addVersion(aVersion());
  store.setHeld('quotes', true);
  const now = Date.now();
  for (let from = 0; from < SCHEDULES; from += ADDED_AT_ONCE) {
    store.together(() => {
      for (let index = from; index < from + ADDED_AT_ONCE; index++) {
        const at = firstFireAt(index);
        const next = { plannedAt: at, dueAt: at };
        store.addSchedule({ when: 'every 5 hours', rules: NO_RULES, request: aRequest(), next }, now);
      }
    });
  }
  store.close();
}

function wheelTable({ timers, bytes, us, longestMs }: WheelCosts): Table {
  return {
    caption: `A wheel of ${timers} timers, due within a month`,
    head: ['what', 'each'],
    rows: [
      ['insert', `${short(us.insert)} us`],
      ['insert again, at another instant', `${short(us.again)} us`],
      ['cancel', `${short(us.cancel)} us`],
      ['advance from slot to slot until all are due', `${short(us.drain)} us`],
      ['memory of the wheel', `${short(bytes.wheel)} bytes`],
      ['memory of an id, a UUID', `${short(bytes.ids)} bytes`],
      ['the longest advance, as a slot of 12 days begins', `${short(longestMs.advance)} ms`],
      ['a step of the clock back by an hour', `${short(longestMs.back)} ms`],
    ],
  };
}

function firesTable(fires: readonly Fires[]): Table {
  return {
    caption: `Fires of ${SCHEDULES} schedules, stored with their jobs and next fires, over ${FIRES_MS / 1000} s`,
    head: ['due a second', 'stored a second', 'late: median', 'p99', 'most, ms', 'CPU us each'],
    rows: fires.map(({ rate, made, lateMs, cpuUsEach }) => [
      String(rate),
      short(made),
      ...[percentile(lateMs, 0.5), percentile(lateMs, 0.99), percentile(lateMs, 1), cpuUsEach].map(short),
    ]),
  };
}

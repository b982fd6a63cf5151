import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zipProject } from '../../examples/zip-project.ts';
import { TestDaemon } from '../../spec/support/daemon.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Bench, Row } from '../row.ts';
import { putHistory } from '../support/history.ts';
import { writeLargeProject } from '../support/large-project.ts';
import { LoopPauses, type Pause } from '../support/loop-pauses.ts';
import { short } from '../support/table.ts';

const JOBS = 1_000_000;
const FIRES_A_SECOND = 100;
const INTERVAL_SECONDS = 100;
const SCHEDULES = FIRES_A_SECOND * INTERVAL_SECONDS;
const PUSHED_BYTES = 50_000_000;
/** From the making of the database to the first fire. */
const MS_TO_START = 15_000;
const MS = 30_000;

/** The first and the 1,000th page of each list, some of them filtered, and the counts. */
const LISTS = [
  '/list-jobs.json?status=COMPLETED&limit=100',
  '/list-jobs.json?status=COMPLETED&limit=100&offset=99900',
  '/list-jobs.json?status=FAILED&project=project-1&spider=spider-01&limit=100',
  '/listjobs.json?project=project-1',
  '/jobq/1/list?state=finished&count=100',
  '/jobq/1/list?state=finished&count=100&start=99900',
  '/jobq/1/count?state=finished',
  '/api/jobs/list.json?project=1&state=finished&count=100',
  '/api/jobs/list.json?project=1&state=finished&count=100&offset=99900',
  '/status.json',
  '/daemonstatus.json',
  '/jobs',
];

/** The longest time in which the daemon's event loop does not turn, with lists, a push and fires at once. */
export const eventLoop: Row = {
  name: 'event-loop',
  what: 'The longest pause of the event loop under load',
  async measure(bench) {
    const data = bench.folder();
    const from = Date.now() + MS_TO_START;
    putHistory(data, {
      ...{ jobs: JOBS, schedules: SCHEDULES, specs: [`every ${INTERVAL_SECONDS} seconds`] },
      nextFireAt: (index) => from + index * (1000 / FIRES_A_SECOND),
    });
    hold(data);
    const pauses = new LoopPauses(data);
    const args = ['--completed-cap', String(2 * JOBS), '--job-slots', '1'];
    const daemon = await TestDaemon.start({ data, args, env: pauses.env });
    const archive = await largeArchive(bench);
    const idle = await idleProcess(bench);
    await sleep(Math.max(0, from - Date.now()));

    const before = await fires(daemon);
    let idlePauses: Pause[] = [];
    const calls = { lists: 0, pushes: 0 };
    const measured = await pauses.during(daemon.pid, async () => {
      idlePauses = await idle.pauses.during(idle.pid, async () => {
        const end = performance.now() + MS;
        await Promise.all([
          until(end, async () => {
            await list(daemon, calls.lists++);
          }),
          until(end, async () => {
            await daemon.pushZip(archive);
            calls.pushes++;
          }),
        ]);
      });
    });
    const made = (await fires(daemon)) - before;
    idle.stop();
    await daemon[Symbol.asyncDispose]();
    const worst = Math.max(...measured.map(({ ms }) => ms));
    return {
      claims: [{ what: 'longest pause', measured: worst, unit: 'ms', limit: { atMost: 50 } }],
      tables: [
        {
          caption: `Pauses while ${calls.lists} lists were read, ${calls.pushes} archives of 50 MB pushed and ${made} fires made in ${MS / 1000} s, and those of a process beside it that does nothing`,
          head: ['', '5 ms', '10 ms', '20 ms', '50 ms', 'longest', 'its CPU ms'],
          rows: [
            ['daemon', ...counts(measured)],
            ['idle process', ...counts(idlePauses)],
          ],
        },
      ],
    };
  },
};

/** The jobs of the schedules have no code to run. */
function hold(data: string): void {
  const store = openSqliteStore(join(data, 'orbweaver.db'));
  for (const { name } of store.projectEntries()) store.setHeld(name, true);
  store.close();
}

async function largeArchive(bench: Bench): Promise<Buffer> {
  const folder = join(bench.folder(), 'large');
  writeLargeProject(folder, 'large', PUSHED_BYTES);
  return zipProject(folder);
}

/** A process that only looks at the clock: its pauses are the machine's. */
async function idleProcess(bench: Bench) {
  const pauses = new LoopPauses(bench.folder());
  const script = "setInterval(() => {}, 1e9); console.log('here')";
  const child = spawn(process.execPath, ['-e', script], {
    env: { ...process.env, ...pauses.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return { pauses, pid: child.pid ?? 0, stop: () => child.kill() };
}

async function until(end: number, work: () => Promise<void>): Promise<void> {
  while (performance.now() < end) await work();
}

async function list(daemon: TestDaemon, index: number): Promise<void> {
  const path = LISTS[index % LISTS.length] ?? '';
  const { status, text } = await daemon.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
}

/** How many jobs the schedules have made that wait. */
async function fires(daemon: TestDaemon): Promise<number> {
  const { text } = await daemon.get('/daemonstatus.json');
  return (JSON.parse(text) as { pending: number }).pending;
}

function counts(pauses: readonly Pause[]): string[] {
  const longest = pauses.toSorted((a, b) => b.ms - a.ms)[0];
  return [
    ...[5, 10, 20, 50].map((least) => String(pauses.filter(({ ms }) => ms >= least).length)),
    ...(longest === undefined ? ['under 5', ''] : [short(longest.ms), short(longest.cpuMs)]),
  ];
}

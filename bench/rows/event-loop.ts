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
import { median } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { REQUESTS } from './lists.ts';

const JOBS = 1_000_000;
const FIRES_A_SECOND = 100;
const INTERVAL_SECONDS = 100;
const SCHEDULES = FIRES_A_SECOND * INTERVAL_SECONDS;
const PUSHED_BYTES = 50_000_000;
/** From the making of the database to the first fire. */
const MS_TO_START = 15_000;
const MS = 30_000;
const ROUNDS = 3;

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

    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      bench.note(`round ${round} of ${ROUNDS}`);
      rounds.push(await measureRound({ daemon, pauses, idle, archive }));
    }
    idle.stop();
    await daemon[Symbol.asyncDispose]();
    return {
      claims: [
        {
          what: 'longest pause',
          measured: median(rounds.map(({ ofDaemon }) => longest(ofDaemon))),
          ...{ unit: 'ms', limit: { atMost: 50 } },
        },
      ],
      tables: [
        {
          caption: `Pauses in ${ROUNDS} rounds of ${MS / 1000} s, and those of a process beside the daemon that does nothing`,
          head: ['', 'lists', 'pushes', 'fires', '5 ms', '10 ms', '20 ms', '50 ms', 'longest', 'its CPU ms'],
          rows: rounds.flatMap(({ lists, pushes, made, ofDaemon, ofIdle }, index) => [
            [`daemon, round ${index + 1}`, ...[lists, pushes, made].map(String), ...counts(ofDaemon)],
            ['idle process', '', '', '', ...counts(ofIdle)],
          ]),
        },
      ],
    };
  },
};

interface Round {
  lists: number;
  pushes: number;
  /** Fires. */
  made: number;
  ofDaemon: Pause[];
  ofIdle: Pause[];
}

/** @throws Error where there was no load to speak of */
async function measureRound({
  daemon,
  pauses,
  idle,
  archive,
}: {
  daemon: TestDaemon;
  pauses: LoopPauses;
  idle: Awaited<ReturnType<typeof idleProcess>>;
  archive: Buffer;
}): Promise<Round> {
  const before = await fires(daemon);
  let ofIdle: Pause[] = [];
  let [lists, pushes] = [0, 0];
  const ofDaemon = await pauses.during(daemon.pid, async () => {
    ofIdle = await idle.pauses.during(idle.pid, async () => {
      const end = performance.now() + MS;
      await Promise.all([
        until(end, async () => {
          await list(daemon, lists++);
        }),
        until(end, async () => {
          await daemon.pushZip(archive);
          pushes++;
        }),
      ]);
    });
  });
  const made = (await fires(daemon)) - before;
  if (lists < REQUESTS.length || pushes < 2 || made < 0.9 * FIRES_A_SECOND * (MS / 1000))
    throw new Error(`Only ${lists} lists, ${pushes} pushes and ${made} fires in ${MS / 1000} s are no load.`);
  return { lists, pushes, made, ofDaemon, ofIdle };
}

function longest(pauses: readonly Pause[]): number {
  return Math.max(0, ...pauses.map(({ ms }) => ms));
}

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
  const path = REQUESTS[index % REQUESTS.length]?.path(JOBS) ?? '';
  const { status, text } = await daemon.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
}

/** How many jobs the schedules have made that wait. */
async function fires(daemon: TestDaemon): Promise<number> {
  const { text } = await daemon.get('/daemonstatus.json');
  return (JSON.parse(text) as { pending: number }).pending;
}

function counts(pauses: readonly Pause[]): string[] {
  const worst = pauses.toSorted((a, b) => b.ms - a.ms)[0];
  return [
    ...[5, 10, 20, 50].map((least) => String(pauses.filter(({ ms }) => ms >= least).length)),
    ...(worst === undefined ? ['under 5', ''] : [short(worst.ms), short(worst.cpuMs)]),
  ];
}

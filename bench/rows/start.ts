import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENVIRONMENTS } from '../../spec/support/daemon.ts';
import { freePort } from '../../spec/support/free-port.ts';
import type { Bench, Row } from '../row.ts';
import { putHistory } from '../support/history.ts';
import { memoryOf } from '../support/memory.ts';
import { median, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ROUNDS = 9;
const JOBS = 1_000_000;
const SCHEDULES = 100_000;
const LOOK_EVERY_MS = 2;

/** A data folder to start on. */
interface Case {
  name: string;
  folder: string;
  atMostMs: number;
  starts: Start[];
}

interface Start {
  /** From `node` to the first answer. */
  ms: number;
  /** Resident, at that moment, in MiB. */
  memory: number;
}

/** As `npm start` starts it from a clone, with what V8 compiled at an earlier start. */
export const start: Row = {
  name: 'start',
  what: 'From `node` to answering',
  async measure(bench) {
    const cases = dataFolders(bench);
    for (const { folder } of cases) await measureStart(folder);
    for (let round = 1; round <= ROUNDS; round++) {
      bench.note(`start, round ${round} of ${ROUNDS}`);
      for (const { folder, starts } of cases) starts.push(await measureStart(folder));
    }
    for (const { folder } of cases) rmSync(folder, { recursive: true });
    return {
      claims: cases.map(({ name, starts, atMostMs }) => ({
        what: name,
        measured: median(starts.map(({ ms }) => ms)),
        ...{ unit: 'ms', limit: { atMost: atMostMs } },
      })),
      tables: [
        {
          caption: `From \`node … run.mjs start\` to the first answer of \`/status.json\`, ${ROUNDS} starts of each in turn`,
          head: ['data folder', 'ms: median', 'min', 'max', 'memory, MiB'],
          rows: cases.map(({ name, starts }) => [
            name,
            ...spread(starts.map(({ ms }) => ms)),
            short(median(starts.map(({ memory }) => memory))),
          ]),
        },
      ],
    };
  },
};

function dataFolders(bench: Bench): Case[] {
  const [empty, full] = [bench.folder(), bench.folder()];
  bench.note(`a history of ${JOBS} jobs`);
  putHistory(full, { jobs: JOBS, schedules: SCHEDULES });
  return [
    { name: 'empty', folder: empty, atMostMs: 400, starts: [] },
    { name: '1,000,000 jobs and 100,000 schedules', folder: full, atMostMs: 1500, starts: [] },
  ];
}

async function measureStart(folder: string): Promise<Start> {
  const port = await freePort();
  const args = ['--data', folder, '--environments', ENVIRONMENTS, '--listen', `127.0.0.1:${port}`];
  const began = performance.now();
  const daemon = spawn(
    process.execPath,
    ['--max-semi-space-size=2', join(ROOT, 'run.mjs'), 'start', ...args, '--completed-cap', String(2 * JOBS)],
    { stdio: 'ignore', env: { ...process.env, MALLOC_ARENA_MAX: '1' } },
  );
  while (!(await answers(port))) await sleep(LOOK_EVERY_MS);
  const ms = performance.now() - began;
  const memory = memoryOf([daemon.pid ?? 0]).resident;
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  return { ms, memory };
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/status.json`);
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

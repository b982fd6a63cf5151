import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipProject } from '../../examples/zip-project.ts';
import { TestDaemon } from '../../spec/support/daemon.ts';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import type { Bench, Result, Row } from '../row.ts';
import { writeLargeProject } from '../support/large-project.ts';
import { monotonicMs } from '../support/marks.ts';
import { runProgram } from '../support/program.ts';
import { forgetPeak, resident } from '../support/memory.ts';
import { median, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';

const MIB = 2 ** 20;
const BYTES = 50 * MIB;
const MORE_BYTES = 200 * MIB;
const ROUNDS = 7;
const PROJECT = 'large';
/** Buffers, and what one push leaves for the garbage collector; what grew with the archive would come to a hundred. */
const MOST_MIB = 32;

export const push: Row = {
  name: 'push',
  what: 'Pushing 50 MB in 300 files, 2 MB of it Python',
  measure,
};

async function measure(bench: Bench): Promise<Result> {
  await using daemon = await TestDaemon.start({ data: bench.folder() });
  const archive = await writeArchive(bench, BYTES);
  const [ours, byHand]: [number[], number[]] = [[], []];
  // The first pays for code that is not compiled yet, and reads what may not be in memory.
  await send(daemon, archive);
  await pushByHand(bench, archive);
  for (let round = 1; round <= ROUNDS; round++) {
    bench.note(`round ${round} of ${ROUNDS}`);
    ours.push(await send(daemon, archive));
    byHand.push(await pushByHand(bench, archive));
  }
  const more = await writeArchive(bench, MORE_BYTES);
  const growth = await growthOf(daemon, archive);
  const growthOfMore = await growthOf(daemon, more);
  return {
    claims: [
      {
        what: 'to unzip, compileall and one import of Scrapy',
        measured: median(ours) / median(byHand),
        unit: 'x',
        limit: { atMost: 1.5 },
      },
      {
        what: `growth of the daemon at its peak, ${MORE_BYTES / MIB} MiB more than ${BYTES / MIB} MiB`,
        measured: growthOfMore - growth,
        unit: 'MiB',
        limit: { atMost: MOST_MIB },
      },
    ],
    tables: [
      {
        caption: `${ROUNDS} rounds; the daemon grew by ${short(growth)} MiB with ${BYTES / MIB} MiB, and by ${short(growthOfMore)} MiB with ${MORE_BYTES / MIB} MiB`,
        head: ['seconds', 'median', 'min', 'max'],
        rows: [
          ['Orbweaver, on disk when it answers', ...spread(ours)],
          ['unzip, compileall, import of Scrapy', ...spread(byHand)],
        ],
      },
    ],
  };
}

/** Path of a zip file. */
async function writeArchive(bench: Bench, bytes: number): Promise<string> {
  bench.note(`packing ${bytes / MIB} MiB`);
  const folder = bench.folder();
  writeLargeProject(join(folder, PROJECT), PROJECT, bytes);
  const path = join(folder, 'archive.zip');
  writeFileSync(path, await zipProject(join(folder, PROJECT)));
  return path;
}

/** Seconds, as curl counts them. */
async function send(daemon: TestDaemon, archive: string): Promise<number> {
  const form = ['-F', `archive=@${archive}`, '-w', '%{stderr}%{time_total}'];
  const { stderr } = await runProgram('curl', ['-sSf', ...form, `${daemon.url}/push-project.json`]);
  return Number(stderr);
}

/** MiB between the memory before a push and the most during it. */
async function growthOf(daemon: TestDaemon, archive: string): Promise<number> {
  forgetPeak(daemon.pid);
  const before = resident(daemon.pid).now;
  await send(daemon, archive);
  return resident(daemon.pid).peak - before;
}

/** Seconds of what a push does at least, one after another. Nothing of it waits for the disk. */
async function pushByHand(bench: Bench, archive: string): Promise<number> {
  const folder = join(bench.folder(), 'unpacked');
  mkdirSync(folder);
  const { python } = bench.environment;
  const env = cleanEnvironment(process.env, []);
  const beganMs = monotonicMs();
  await runProgram('unzip', ['-q', archive, '-d', folder], env);
  await runProgram(python, ['-m', 'compileall', '-q', folder], env);
  await runProgram(python, ['-c', 'import scrapy'], env);
  return (monotonicMs() - beganMs) / 1000;
}

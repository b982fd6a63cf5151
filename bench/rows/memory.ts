import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf } from '../../spec/support/processes.ts';
import type { Bench, Claim, Row, Table } from '../row.ts';
import { Marks } from '../support/marks.ts';
import { memoryOf } from '../support/memory.ts';
import { median, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { orbweaverFork } from '../targets/orbweaver.ts';
import { scrapyd } from '../targets/scrapyd.ts';
import type { Target, TargetKind } from '../targets/target.ts';
import { measureRun, startWarm } from '../targets/warm.ts';

const IDLE_ROUNDS = 3;
/** What a start and a run have left is over by then. */
const SETTLE_MS = 10_000;

const JOBS = 20_000;
const AT_ONCE = 8;
const SAMPLE_EVERY = 250;
/** The samples of so many jobs are taken together: their median says what the memory is there. */
const WINDOW = 2500;
/** The last of a window of jobs are removed from the store by now, as later ones end. */
const QUIET_MS = 200;

/** Resident memory, in MiB. The host has a child that waits for the next run: what the two share is counted once. */
interface Parts {
  daemon: number;
  host: number;
}

/** After so many jobs. */
interface Sample extends Parts {
  jobs: number;
}

/** When idle, beside scrapyd, and over so many jobs that a leak shows. */
export const memory: Row = {
  name: 'memory',
  what: 'Memory when idle, and over 20,000 jobs',
  async measure(bench) {
    const marks = new Marks(join(bench.folder(), 'marks'));
    const idle = await measureIdle(bench, marks);
    const samples = await measureOverJobs(bench, marks);
    marks.close();
    const ratio = median(idle.orbweaver.map(({ daemon, host }) => daemon + host)) / median(idle.scrapyd);
    return {
      claims: [
        { what: 'idle daemon and host, to scrapyd alone', measured: ratio, unit: 'x', limit: { atMost: 3 } },
        growthOf('daemon', samples),
        growthOf('host', samples),
      ],
      tables: [idleTable(idle), jobsTable(samples)],
    };
  },
};

interface Idle {
  orbweaver: readonly Parts[];
  scrapyd: readonly number[];
}

/** Each new in each round; after one run, so that the host is there and has had something to do. */
async function measureIdle(bench: Bench, marks: Marks): Promise<Idle> {
  const orbweaver: Parts[] = [];
  const peer: number[] = [];
  for (let round = 1; round <= IDLE_ROUNDS; round++) {
    orbweaver.push(await whenIdle(bench, marks, orbweaverFork, partsOf));
    peer.push(await whenIdle(bench, marks, scrapyd, (target) => memoryOf(target.pids()).resident));
  }
  return { orbweaver, scrapyd: peer };
}

async function whenIdle<T>(
  bench: Bench,
  marks: Marks,
  kind: TargetKind,
  look: (target: Target) => T,
): Promise<T> {
  const target = await startOne(bench, kind, { marks, slots: null });
  await sleep(SETTLE_MS);
  const seen = look(target);
  await target.stop();
  return seen;
}

async function startOne(bench: Bench, kind: TargetKind, options: { marks: Marks; slots: number | null }) {
  const target = (await startWarm(bench, [kind], options)).get(kind);
  if (target === undefined) throw new Error(`${kind.name} was not started.`);
  return target;
}

/** A daemon with the settings that it comes with: of the second 10,000 jobs each takes the place of an older one. */
async function measureOverJobs(bench: Bench, marks: Marks): Promise<Sample[]> {
  const target = await startOne(bench, orbweaverFork, { marks, slots: AT_ONCE });
  const samples: Sample[] = [];
  for (let jobs = SAMPLE_EVERY; jobs <= JOBS; jobs += SAMPLE_EVERY) {
    await runMany(target, marks, SAMPLE_EVERY);
    await sleep(QUIET_MS);
    const { daemon, host } = partsOf(target);
    samples.push({ jobs, daemon, host });
    bench.note(`${jobs} jobs: daemon ${short(daemon)} MiB, host ${short(host)} MiB`);
  }
  await target.stop();
  return samples;
}

async function runMany(target: Target, marks: Marks, count: number): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await measureRun(target, marks);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function partsOf(target: Target): Parts {
  const pids = target.pids();
  const isHost = (pid: number) => commandLineOf(pid).includes('host_main.py');
  return {
    daemon: memoryOf(pids.filter((pid) => !isHost(pid))).resident,
    host: memoryOf(pids.filter(isHost)).proportional,
  };
}

/** What is there at the end of the second half, to what was there at its beginning. */
function growthOf(part: 'daemon' | 'host', samples: readonly Sample[]): Claim {
  const [first, last] = [JOBS / 2 + WINDOW, JOBS].map((until) => medianUntil(part, samples, until));
  return {
    what: `${part}, at the end of the second 10,000 jobs to at their beginning`,
    measured: (last ?? NaN) / (first ?? NaN),
    unit: 'x',
    limit: { atMost: 1.05 },
  };
}

function medianUntil(part: 'daemon' | 'host', samples: readonly Sample[], until: number): number {
  return median(samples.filter(({ jobs }) => jobs > until - WINDOW && jobs <= until).map((one) => one[part]));
}

function idleTable({ orbweaver, scrapyd: peer }: Idle): Table {
  const row = (name: string, sizes: readonly number[]) => [name, ...spread(sizes)];
  return {
    caption: `Resident MiB when idle, in ${IDLE_ROUNDS} rounds`,
    head: ['', 'median', 'min', 'max'],
    rows: [
      row(
        "Orbweaver's daemon",
        orbweaver.map(({ daemon }) => daemon),
      ),
      row(
        'its host, with the child that waits',
        orbweaver.map(({ host }) => host),
      ),
      row(scrapyd.name, peer),
    ],
  };
}

function jobsTable(samples: readonly Sample[]): Table {
  const untils = Array.from({ length: JOBS / WINDOW }, (_, index) => (index + 1) * WINDOW);
  const rows = untils.map((until) => [
    `${until - WINDOW} to ${until}`,
    ...(['daemon', 'host'] as const).map((part) => short(medianUntil(part, samples, until))),
  ]);
  return {
    caption: `Resident MiB, medians of ${WINDOW / SAMPLE_EVERY} samples`,
    head: ['jobs', 'daemon', 'host'],
    rows,
  };
}

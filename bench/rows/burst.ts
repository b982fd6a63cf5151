import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Claim, Row, Table } from '../row.ts';
import { cpuSeconds } from '../support/cpu-time.ts';
import { Marks, monotonicMs } from '../support/marks.ts';
import { ended } from '../support/processes.ts';
import { median, spread } from '../support/statistics.ts';
import { forkServer } from '../targets/fork-server.ts';
import { orbweaverFork } from '../targets/orbweaver.ts';
import { scrapyDo } from '../targets/scrapy-do.ts';
import { scrapyd, scrapydQuick } from '../targets/scrapyd.ts';
import type { Target, TargetKind } from '../targets/target.ts';
import { startWarm } from '../targets/warm.ts';

const SLOTS = 4 * availableParallelism();
const ROUNDS = 7;
const JOBS = 200;
/** Of the peers, which take twelve times as long; the first rounds of all. */
const PEER_ROUNDS = 2;
const PEERS = [scrapyDo, scrapyd, scrapydQuick];
const QUICK_ROUNDS = 4;
/** What is left to do when the last spider has ended. */
const MS_TO_SETTLE = 500;

/** One round of one target. */
interface Burst {
  jobsASecond: number;
  /** Milliseconds, of everything that belongs to the target. */
  cpuPerJob: number;
}

type Bursts = ReadonlyMap<TargetKind, readonly Burst[]>;

/** Many empty jobs at once, more than there are slots. */
export const burst: Row = {
  name: 'burst',
  what: `${JOBS} empty jobs at once`,
  async measure(bench) {
    const kinds = [orbweaverFork, forkServer, ...PEERS];
    const bursts = await measureBursts(bench, kinds, { rounds: ROUNDS, jobs: JOBS });
    const toPeer = (peer: TargetKind): Claim => ({
      what: `jobs a second, to ${peer.name}`,
      measured: ratioOf(bursts, peer, 'jobsASecond'),
      unit: 'x',
      limit: { atLeast: 12 },
    });
    const caption = `${JOBS} jobs at once, ${SLOTS} slots, ${ROUNDS} rounds, ${PEER_ROUNDS} of the peers`;
    return {
      claims: [...claimsToFloor(bursts), toPeer(scrapyDo), toPeer(scrapyd)],
      tables: [tableOf(bursts, caption)],
    };
  },
  async quick(bench) {
    const bursts = await measureBursts(bench, [orbweaverFork, forkServer], {
      rounds: QUICK_ROUNDS,
      jobs: JOBS,
    });
    return {
      claims: claimsToFloor(bursts),
      tables: [tableOf(bursts, `${JOBS} jobs at once, ${SLOTS} slots, ${QUICK_ROUNDS} rounds`)],
    };
  },
};

async function measureBursts(
  bench: Bench,
  kinds: readonly TargetKind[],
  { rounds, jobs }: { rounds: number; jobs: number },
) {
  const marks = new Marks(join(bench.folder(), 'marks'));
  const targets = await startWarm(bench, kinds, { marks, slots: SLOTS });
  const bursts = new Map<TargetKind, Burst[]>(kinds.map((kind) => [kind, []]));
  // The first is not counted: it pays for code that is not compiled yet. The peers compile nothing.
  for (let round = 0; round <= rounds; round++) {
    // There and back, since a machine grows quicker or slower meanwhile.
    for (const [kind, target] of round % 2 === 0 ? targets : [...targets].reverse()) {
      if ((round === 0 || round > PEER_ROUNDS) && PEERS.includes(kind)) continue;
      bench.note(`${jobs} jobs at once, round ${round} of ${rounds}: ${kind.name}`);
      const measured = await measureBurst(target, marks, jobs);
      if (round > 0) bursts.get(kind)?.push(measured);
    }
  }
  for (const target of targets.values()) await target.stop();
  marks.close();
  return bursts;
}

/** From the first request to the end of the last spider's process. */
async function measureBurst(target: Target, marks: Marks, count: number): Promise<Burst> {
  const pids = target.pids();
  const cpuBefore = cpuSeconds(pids);
  const jobs = Array.from({ length: count }, () => marks.next());
  const askedMs = monotonicMs();
  const answered = Promise.all(jobs.map(({ payload }) => target.run(payload)));
  await Promise.all(jobs.map(async ({ mark }) => ended((await mark).pid)));
  const seconds = (monotonicMs() - askedMs) / 1000;
  await answered;
  await sleep(MS_TO_SETTLE);
  const cpuPerJob = ((cpuSeconds(pids) - cpuBefore) / count) * 1000;
  return { jobsASecond: count / seconds, cpuPerJob };
}

function claimsToFloor(bursts: Bursts): Claim[] {
  return [
    {
      what: 'jobs a second, to the bare fork server',
      measured: ratioOf(bursts, forkServer, 'jobsASecond'),
      unit: 'x',
      limit: { atLeast: 0.75 },
    },
    {
      what: 'CPU for each job, to the bare fork server',
      measured: ratioOf(bursts, forkServer, 'cpuPerJob'),
      unit: 'x',
      limit: { atMost: 1.3 },
    },
  ];
}

function tableOf(bursts: Bursts, caption: string): Table {
  const rows = [...bursts].map(([kind, measured]) => [
    kind.name,
    ...spread(measured.map(({ jobsASecond }) => jobsASecond)),
    ...spread(measured.map(({ cpuPerJob }) => cpuPerJob)),
  ]);
  return { caption, head: ['', 'jobs/s', 'min', 'max', 'CPU ms a job', 'min', 'max'], rows };
}

/** Of Orbweaver to another: the median of the rounds', each of which has both within seconds. */
function ratioOf(bursts: Bursts, other: TargetKind, figure: keyof Burst): number {
  const ours = bursts.get(orbweaverFork) ?? [];
  const theirs = bursts.get(other) ?? [];
  return median(theirs.map((burst, round) => (ours[round]?.[figure] ?? NaN) / burst[figure]));
}

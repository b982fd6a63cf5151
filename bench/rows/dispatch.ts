import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Claim, Row, Table } from '../row.ts';
import { Marks } from '../support/marks.ts';
import { median, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { forkServer } from '../targets/fork-server.ts';
import { orbweaverFork, orbweaverFresh } from '../targets/orbweaver.ts';
import { scrapyDo } from '../targets/scrapy-do.ts';
import { scrapyd, scrapydQuick } from '../targets/scrapyd.ts';
import type { TargetKind } from '../targets/target.ts';
import { measureRun, startWarm, type Latency } from '../targets/warm.ts';

const RUNS = 30;
const QUICK_RUNS = 20;
const SHORTEST_PAUSE_MS = 100;
const VARIED_PAUSE_MS = 300;

type Moment = keyof Latency;
type Latencies = ReadonlyMap<TargetKind, readonly Latency[]>;

/** From asking for a run to its spider's first lines, with all slots free. */
export const dispatch: Row = {
  name: 'dispatch',
  what: 'From schedule-job to the first line of the spider',
  async measure(bench) {
    const kinds = [orbweaverFork, forkServer, orbweaverFresh, scrapyDo, scrapyd, scrapydQuick];
    const latencies = await measureLatencies(bench, kinds, RUNS);
    const claims = [
      ...claimsToFloor(latencies),
      claimToPeer(latencies, scrapyDo, 12),
      claimToPeer(latencies, scrapyd, 50),
    ];
    return { claims, tables: [tableOf(latencies)] };
  },
  async quick(bench) {
    const latencies = await measureLatencies(bench, [orbweaverFork, forkServer], QUICK_RUNS);
    return { claims: claimsToFloor(latencies), tables: [tableOf(latencies)] };
  },
};

/**
 * Each in turn, so that whatever else the machine does strikes all of them alike. In another order each time: some look
 * for work once in a while, and requests must come at any moment of that.
 */
async function measureLatencies(bench: Bench, kinds: readonly TargetKind[], runs: number) {
  const marks = new Marks(join(bench.folder(), 'marks'));
  const targets = await startWarm(bench, kinds, { marks, slots: null });
  const latencies = new Map<TargetKind, Latency[]>(kinds.map((kind) => [kind, []]));
  for (let run = 1; run <= runs; run++) {
    bench.note(`run ${run} of ${runs}`);
    for (const [kind, target] of shuffled([...targets])) {
      await sleep(SHORTEST_PAUSE_MS + Math.random() * VARIED_PAUSE_MS);
      latencies.get(kind)?.push(await measureRun(target, marks));
    }
  }
  for (const target of targets.values()) await target.stop();
  marks.close();
  return latencies;
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  const drawn = items.map((item) => ({ item, at: Math.random() }));
  return drawn.toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

function claimsToFloor(latencies: Latencies): Claim[] {
  const claim = (what: string, moment: Moment): Claim => ({
    what: `${what}, to the bare fork server`,
    measured: medianOf(latencies, orbweaverFork, moment) / medianOf(latencies, forkServer, moment),
    unit: 'x',
    limit: { atMost: 1.3 },
  });
  return [claim("first line of the spider's module", 'loaded'), claim('first line of start()', 'started')];
}

function claimToPeer(latencies: Latencies, peer: TargetKind, atLeast: number): Claim {
  return {
    what: `${peer.name} to Orbweaver, first line of the spider's module`,
    measured: medianOf(latencies, peer, 'loaded') / medianOf(latencies, orbweaverFork, 'loaded'),
    unit: 'x',
    limit: { atLeast },
  };
}

function tableOf(latencies: Latencies): Table {
  const rows = [...latencies].map(([kind, measured]) => [
    kind.name,
    ...spread(measured.map(({ loaded }) => loaded)),
    `${short(medianOf(latencies, kind, 'loaded') / medianOf(latencies, orbweaverFork, 'loaded'))}x`,
    ...spread(measured.map(({ started }) => started)),
    `${short(medianOf(latencies, kind, 'started') / medianOf(latencies, orbweaverFork, 'started'))}x`,
  ]);
  const head = ['', 'module', 'min', 'max', 'to Orbweaver', 'start()', 'min', 'max', 'to Orbweaver'];
  return {
    caption: "Milliseconds from the request to the first line of the spider's module, and of its start()",
    head,
    rows,
  };
}

function medianOf(latencies: Latencies, kind: TargetKind, moment: Moment): number {
  return median((latencies.get(kind) ?? []).map((latency) => latency[moment]));
}

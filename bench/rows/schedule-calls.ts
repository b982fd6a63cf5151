import { setTimeout as sleep } from 'node:timers/promises';
import type { Claim, Row, Table } from '../row.ts';
import { LoadClient, type Load } from '../support/load.ts';
import { median, percentile, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { orbweaverFork } from '../targets/orbweaver.ts';
import { scrapyDo } from '../targets/scrapy-do.ts';
import { scrapyd } from '../targets/scrapyd.ts';
import { PROJECT, SPIDER, type TargetKind } from '../targets/target.ts';

const CONNECTIONS = 8;
const ROUNDS = 7;
const CALLS = 1000;
/** Until the one slot is taken: scrapyd looks every five seconds. */
const MS_TO_START = 6000;
const SPECS = ['now', 'every 1 hours'] as const;

type Spec = (typeof SPECS)[number];

/** Where each is asked for a job, and whether it knows schedules. */
const KINDS: readonly { kind: TargetKind; path: string; specs: readonly Spec[] }[] = [
  { kind: orbweaverFork, path: '/schedule-job.json', specs: SPECS },
  { kind: scrapyDo, path: '/schedule-job.json', specs: SPECS },
  { kind: scrapyd, path: '/schedule.json', specs: ['now'] },
];

type Loads = ReadonlyMap<string, readonly Load[]>;

/** Requests for jobs, and for schedules, on several connections at once. */
export const scheduleCalls: Row = {
  name: 'schedule-calls',
  what: 'Calls of schedule-job a second',
  async measure(bench) {
    const loads = new Map<string, Load[]>();
    using client = new LoadClient();
    const targets = [];
    for (const { kind, path, specs } of KINDS) {
      bench.note(`starting: ${kind.name}`);
      const target = await kind.start({ folder: bench.folder(), slots: 1, environment: bench.environment });
      const url = target.url + path;
      const call = (spider: string, when: string, count: number, connections = CONNECTIONS) =>
        client.call({ url, fields: { project: PROJECT, spider, when }, count, connections });
      // In the only slot, so that what is measured is the call and not the run.
      await call('waiting', 'now', 1, 1);
      targets.push({ kind, specs, call, stop: () => target.stop() });
    }
    await sleep(MS_TO_START);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const { kind, specs, call } of targets) {
        for (const spec of specs) {
          bench.note(`${CALLS} calls, ${spec}, round ${round} of ${ROUNDS}: ${kind.name}`);
          const load = await call(SPIDER, spec, CALLS);
          const key = keyOf(kind, spec);
          // The first warms up client and target.
          if (round > 0) loads.set(key, [...(loads.get(key) ?? []), load]);
        }
      }
    }
    for (const { stop } of targets) await stop();
    return { claims: claimsOf(loads), tables: [tableOf(loads)] };
  },
};

function claimsOf(loads: Loads): Claim[] {
  const rate = (kind: TargetKind, spec: Spec) =>
    median((loads.get(keyOf(kind, spec)) ?? []).map(({ callsASecond }) => callsASecond));
  return KINDS.flatMap(({ kind, specs }): Claim[] =>
    specs.map((spec) =>
      kind === orbweaverFork
        ? {
            what: `p99 of a call, ${spec}`,
            measured: percentile(msOf(loads.get(keyOf(kind, spec))), 0.99),
            unit: 'ms',
            limit: { atMost: 20 },
          }
        : {
            what: `calls a second, ${spec}, to ${kind.name}`,
            measured: rate(orbweaverFork, spec) / rate(kind, spec),
            unit: 'x',
            limit: { atLeast: 3 },
          },
    ),
  );
}

function tableOf(loads: Loads): Table {
  const rows = KINDS.flatMap(({ kind, specs }) =>
    specs.map((spec) => {
      const measured = loads.get(keyOf(kind, spec)) ?? [];
      const ms = msOf(measured);
      return [
        keyOf(kind, spec),
        ...spread(measured.map(({ callsASecond }) => callsASecond)),
        short(measured[0]?.callsASecond ?? NaN),
        ...[median(ms), percentile(ms, 0.99), Math.max(...ms)].map(short),
      ];
    }),
  );
  return {
    caption: `${CALLS} calls on ${CONNECTIONS} connections, ${ROUNDS} rounds; jobs and schedules of earlier rounds stay`,
    head: ['', 'calls/s', 'min', 'max', 'first counted', 'ms', 'p99', 'max'],
    rows,
  };
}

function msOf(loads: readonly Load[] = []): number[] {
  return loads.flatMap(({ ms }) => ms);
}

function keyOf(kind: TargetKind, spec: Spec): string {
  return `${kind.name}, ${spec}`;
}

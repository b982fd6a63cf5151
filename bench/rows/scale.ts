import { Random } from '../../spec/schedule/simulated-year/random.ts';
import type { Bench, Row, Table } from '../row.ts';
import { aSchedule, AVERAGE, schedulesFor, SECONDS_A_DAY, type Drawn } from '../scale/mix.ts';
import { place, projectsOf, RULES, type Placed, type Rule } from '../scale/placement.ts';
import { simulateNode, type NodeResult } from '../scale/simulated-node.ts';
import { short } from '../support/table.ts';

const SEED = 1;
/** Those that a daemon on two cores has. */
const SLOTS = 8;
/** For spiders that mostly wait for their sites. */
const MANY_SLOTS = 64;
const FLEETS = [10, 1000];
const PROJECTS_A_NODE = 20;
/** Of the slots of a fleet. */
const FLEET_UTILISATION = 0.5;

/** What a node is asked to do. */
interface Load {
  name: string;
  slots: number;
  schedules: readonly Drawn[];
  jitter?: string;
}

/** No measurement of this machine but of the rules: the daemon's scheduler, dispatcher and store on a virtual clock. */
export const scale: Row = {
  name: 'scale',
  what: 'A day of one node, ten and a thousand, simulated',
  page: 'scale.md',
  async measure(bench) {
    const alone = [0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1].map((part) => loadOf(SLOTS, part));
    const spread = [0.5, 0.7].map((part) => ({ ...loadOf(SLOTS, part), jitter: '20 minutes' }));
    const many = [0.7].map((part) => loadOf(MANY_SLOTS, part));
    const shared = [loadOf(SLOTS * 10, FLEET_UTILISATION)];
    const fleets = FLEETS.map((nodes) => fleetOf(nodes));
    return {
      claims: [],
      tables: [
        await nodesTable(bench, 'One node', [...alone, ...spread, ...many]),
        placementTable(fleets),
        await nodesTable(bench, 'Nodes of a fleet', [...fleets.flatMap(busiest), ...shared]),
      ],
    };
  },
};

function loadOf(slots: number, utilisation: number): Load {
  const random = new Random(SEED);
  const schedules = Array.from({ length: schedulesFor({ slots, utilisation }) }, () => aSchedule(random));
  return { name: `${slots} slots`, slots, schedules };
}

async function nodesTable(bench: Bench, caption: string, loads: readonly Load[]): Promise<Table> {
  const rows: string[][] = [];
  for (const { name, slots, schedules, jitter } of loads) {
    bench.note(`${name}, ${schedules.length} schedules`);
    const random = new Random(SEED);
    const options = { folder: bench.folder(), slots, schedules, random, jitter: jitter ?? null };
    rows.push([
      jitter === undefined ? name : `${name}, jitter of ${jitter}`,
      String(schedules.length),
      short(secondsADay(schedules) / (slots * SECONDS_A_DAY)),
      ...cellsOf(await simulateNode(options)),
    ]);
  }
  const average = `${short(AVERAGE.firesADay)} fires and ${short(AVERAGE.secondsADay)} s of runs a day`;
  return {
    caption: `${caption}, seed ${SEED}; a schedule of the mix asks for ${average} on average`,
    head: [
      ...['', 'schedules', 'asked of slots', 'jobs', 'slots busy'],
      ...['median wait, s', 'p95', 'p99', 'most', 'waiting at the end', 'CPU a job, ms'],
    ],
    rows,
  };
}

function cellsOf({ jobs, utilisation, waits, left, cpuMs }: NodeResult): string[] {
  const { median, p95, p99, most } = waits;
  const seconds = [median, p95, p99, most].map((wait) => wait.toFixed(0));
  return [String(jobs), short(utilisation), ...seconds, String(left), short(cpuMs)];
}

interface Fleet {
  nodes: number;
  /** The schedules of each node, the node with the most to do first. */
  placed: ReadonlyMap<Rule, readonly (readonly Placed[])[]>;
}

function fleetOf(nodes: number): Fleet {
  const { schedules } = loadOf(SLOTS * nodes, FLEET_UTILISATION);
  const ofProjects = projectsOf(schedules, PROJECTS_A_NODE * nodes);
  const byRule = (rule: Rule): [Rule, Placed[][]] => {
    const placed = place(rule, ofProjects, nodes);
    return [rule, placed.toSorted((a, b) => secondsADay(b) - secondsADay(a))];
  };
  return { nodes, placed: new Map((Object.keys(RULES) as Rule[]).map(byRule)) };
}

function placementTable(fleets: readonly Fleet[]): Table {
  const rows = fleets.flatMap(({ nodes, placed }) =>
    [...placed].map(([rule, all]) => {
      const asked = all.map((schedules) => secondsADay(schedules) / (SLOTS * SECONDS_A_DAY));
      const beyond = (part: number) => String(asked.filter((one) => one > part).length);
      const middle = asked[Math.floor(asked.length / 2)] ?? NaN;
      return [`${nodes} nodes: ${rule}`, ...[asked[0] ?? NaN, middle].map(short), beyond(0.8), beyond(1)];
    }),
  );
  return {
    caption: `What is asked of the slots of nodes of ${SLOTS}, by what is placed and how; ${FLEET_UTILISATION} on average`,
    head: ['', 'the busiest', 'the middle one', 'nodes above 0.8', 'above 1'],
    rows,
  };
}

/** The busiest node and the middle one, where spiders are placed by themselves. */
function busiest({ nodes, placed }: Fleet): Load[] {
  const rules = (Object.keys(RULES) as Rule[]).filter((rule) => rule.startsWith('a spider'));
  return rules.flatMap((rule) => {
    const all = placed.get(rule) ?? [];
    const [first = [], middle = []] = [all[0], all[Math.floor(all.length / 2)]];
    return [
      { name: `${nodes} nodes: ${rule}: the busiest`, slots: SLOTS, schedules: first },
      { name: `${nodes} nodes: ${rule}: the middle one`, slots: SLOTS, schedules: middle },
    ];
  });
}

function secondsADay(schedules: readonly Drawn[]): number {
  return schedules.reduce((sum, one) => sum + one.secondsADay, 0);
}

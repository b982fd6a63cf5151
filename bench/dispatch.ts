// `npm run bench -- dispatch [--runs N]`: how long from asking for a run to the first line of its spider, and how many
// runs a second, in Orbweaver, in Scrapy Do, and in a bare fork server, which is the floor of what is possible.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ENVIRONMENTS } from '../spec/support/daemon.ts';
import { ensureEnvironment, type Environment } from '../src/projects/environment.ts';
import { Marks, monotonicMs } from './support/marks.ts';
import { ended, killProcessesOf } from './support/processes.ts';
import { markdownTable, median, short } from './support/table.ts';
import { forkServer } from './targets/fork-server.ts';
import { orbweaverFork, orbweaverFresh } from './targets/orbweaver.ts';
import { scrapyDo } from './targets/scrapy-do.ts';
import type { Target, TargetKind } from './targets/target.ts';

const KINDS: readonly TargetKind[] = [orbweaverFork, orbweaverFresh, scrapyDo, forkServer];
const PROJECT_FOLDER = join(import.meta.dirname, 'project');
const QUEUED = 30;
const SLOTS = [4, null];
const ROUNDS = 3;
const SHORTEST_PAUSE_MS = 200;
/** Scrapy Do looks for work once a second: requests must come at any moment of that second. */
const VARIED_PAUSE_MS = 1000;

/** Milliseconds from the request. */
interface Latency {
  loaded: number;
  started: number;
}

const runs = readRuns();
const root = mkdtempSync(join(tmpdir(), 'orbweaver-bench-'));
process.on('exit', () => {
  killProcessesOf(root);
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

const environment = await ensureEnvironment({ environmentsFolder: ENVIRONMENTS, onProgress: note });
const marks = new Marks(join(root, 'marks'));
print(`${machine(environment)}\n`);
print(latencyTable(await measureLatencies()));
print(`\nRuns a second, ${QUEUED} queued at once, in ${ROUNDS} rounds:\n`);
print(await throughputTable());
marks.close();

function readRuns(): number {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
  const count = Number(values.runs);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`--runs takes a whole number above zero, not "${values.runs}".`);
}

/** In turn, so that whatever else the machine does strikes all of them alike. */
async function measureLatencies(): Promise<Map<TargetKind, Latency[]>> {
  const targets = await startAll(null);
  const measured = new Map<TargetKind, Latency[]>(KINDS.map((kind) => [kind, []]));
  for (let run = 1; run <= runs; run++) {
    note(`run ${run} of ${runs}`);
    for (const [kind, target] of targets) {
      await sleep(SHORTEST_PAUSE_MS + Math.random() * VARIED_PAUSE_MS);
      measured.get(kind)?.push(await measureLatency(target));
    }
  }
  await stopAll(targets);
  return measured;
}

async function startAll(slots: number | null): Promise<Map<TargetKind, Target>> {
  const targets = new Map<TargetKind, Target>();
  for (const kind of KINDS) targets.set(kind, await startWarm(kind, slots));
  return targets;
}

async function stopAll(targets: Map<TargetKind, Target>): Promise<void> {
  for (const target of targets.values()) await target.stop();
}

async function startWarm(kind: TargetKind, slots: number | null): Promise<Target> {
  note(`starting: ${kind.name}`);
  const folder = mkdtempSync(join(root, 'target-'));
  const target = await kind.start({ folder, slots, project: PROJECT_FOLDER, environment });
  // The first run pays for the host's start and the project's bytecode.
  await measureLatency(target);
  return target;
}

async function measureLatency(target: Target): Promise<Latency> {
  const { payload, mark } = marks.next();
  const askedMs = monotonicMs();
  const [{ pid, loadedMs, startedMs }] = await Promise.all([mark, target.run(payload)]);
  await ended(pid);
  return { loaded: loadedMs - askedMs, started: startedMs - askedMs };
}

function latencyTable(measured: Map<TargetKind, Latency[]>): string {
  const first = (kind: TargetKind) => (measured.get(kind) ?? []).map(({ loaded }) => loaded);
  const times = (kind: TargetKind, than: TargetKind) =>
    `${short(median(first(kind)) / median(first(than)))}x`;
  const rows = KINDS.map((kind) => [
    kind.name,
    ...[median(first(kind)), Math.min(...first(kind)), Math.max(...first(kind))].map(short),
    times(kind, orbweaverFork),
    times(kind, forkServer),
    short(median((measured.get(kind) ?? []).map(({ started }) => started))),
  ]);
  const head = ['ms from request to spider', 'median', 'min', 'max', 'to Orbweaver', 'to floor', 'start()'];
  return markdownTable(head, rows);
}

async function throughputTable(): Promise<string> {
  const cells = new Map<TargetKind, string[]>(KINDS.map((kind) => [kind, []]));
  for (const slots of SLOTS) {
    for (const [kind, rates] of await measureThroughputs(slots)) {
      const extremes = `${short(Math.min(...rates))}-${short(Math.max(...rates))}`;
      cells.get(kind)?.push(short(median(rates)), extremes);
    }
  }
  const rows = KINDS.map((kind) => [kind.name, ...(cells.get(kind) ?? []), String(kind.defaultSlots)]);
  const head = ['runs a second', '4 slots', 'min-max', 'default slots', 'min-max', 'default'];
  return markdownTable(head, rows);
}

async function measureThroughputs(slots: number | null): Promise<Map<TargetKind, number[]>> {
  const targets = await startAll(slots);
  const measured = new Map<TargetKind, number[]>(KINDS.map((kind) => [kind, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [kind, target] of targets) {
      note(`${QUEUED} runs, ${slots ?? 'default'} slots, round ${round} of ${ROUNDS}: ${kind.name}`);
      measured.get(kind)?.push(await measureThroughput(target));
      await sleep(SHORTEST_PAUSE_MS);
    }
  }
  await stopAll(targets);
  return measured;
}

/** From the first request to the end of the last spider's process. */
async function measureThroughput(target: Target): Promise<number> {
  const jobs = Array.from({ length: QUEUED }, () => marks.next());
  const askedMs = monotonicMs();
  const answered = Promise.all(jobs.map(({ payload }) => target.run(payload)));
  await Promise.all(jobs.map(async ({ mark }) => ended((await mark).pid)));
  const seconds = (monotonicMs() - askedMs) / 1000;
  await answered;
  return QUEUED / seconds;
}

function machine({ pythonVersion, scrapyVersion }: Environment): string {
  const cores = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  return `${cores}, Node ${process.versions.node}, Python ${pythonVersion}, Scrapy ${scrapyVersion ?? 'none'}, ${runs} runs each`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What goes on, out of the way of the result. */
function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

import type { Bench } from '../row.ts';
import { monotonicMs, type Marks } from '../support/marks.ts';
import { ended } from '../support/processes.ts';
import type { Target, TargetKind } from './target.ts';

/** Milliseconds from the request. */
export interface Latency {
  /** To the first line of the spider's module. */
  loaded: number;
  /** To the first line of its `start()`. */
  started: number;
}

/** All of them, in turn; each has had its first run, which pays for its host's start and the project's bytecode. */
export async function startWarm(
  bench: Bench,
  kinds: readonly TargetKind[],
  { marks, slots }: { marks: Marks; slots: number | null },
): Promise<Map<TargetKind, Target>> {
  const targets = new Map<TargetKind, Target>();
  for (const kind of kinds) {
    bench.note(`starting: ${kind.name}`);
    const target = await kind.start({ folder: bench.folder(), slots, environment: bench.environment });
    await measureRun(target, marks);
    targets.set(kind, target);
  }
  return targets;
}

/** Asks for a run and waits for its end. */
export async function measureRun(target: Target, marks: Marks): Promise<Latency> {
  const { payload, mark } = marks.next();
  const askedMs = monotonicMs();
  const [{ pid, loadedMs, startedMs }] = await Promise.all([mark, target.run(payload)]);
  await ended(pid);
  return { loaded: loadedMs - askedMs, started: startedMs - askedMs };
}

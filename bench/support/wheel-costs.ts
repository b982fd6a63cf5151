// Run as a program of its own, with --expose-gc, so that nothing else is in its memory: prints the costs as JSON.
import { randomUUID } from 'node:crypto';
import { TimerWheel } from '../../src/schedule/time/wheel.ts';
import { median } from './statistics.ts';

/** What a wheel of so many timers costs; `bytes` and `us` are of each timer, medians of the rounds. */
export interface WheelCosts {
  timers: number;
  /** Of the wheel alone, and of the texts of the ids, which are the scheduler's too. */
  bytes: { wheel: number; ids: number };
  us: { insert: number; again: number; cancel: number; drain: number };
  /** The longest that a step to the next slot took, and a step of the clock back, in ms. */
  longestMs: { advance: number; back: number };
}

const TIMERS = 1_000_000;
const ROUNDS = 5;
const START = Date.parse('2026-06-02T09:00:05Z');
const MONTH_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;

/** Due within a month, as schedules from every minute to every month are. */
const instants = Float64Array.from({ length: TIMERS }, () => START + Math.ceil(Math.random() * MONTH_MS));

const empty = heldBytes();
// As the store gives them: flat texts, not those that randomUUID() leaves in pieces.
const ids = Array.from({ length: TIMERS }, () => Buffer.from(randomUUID()).toString('latin1'));
const withIds = heldBytes();
const held = filled(new TimerWheel(START));
const wheelBytes = (heldBytes() - withIds) / TIMERS;

const rounds = Array.from({ length: ROUNDS }, measureOnce);
const each = (pick: (round: Round) => number) => (median(rounds.map(pick)) / TIMERS) * 1000;
const costs: WheelCosts = {
  timers: held.size,
  bytes: { wheel: wheelBytes, ids: (withIds - empty) / TIMERS },
  us: {
    insert: each(({ insert }) => insert),
    again: each(({ again }) => again),
    cancel: each(({ cancel }) => cancel),
    drain: each(({ drain }) => drain),
  },
  longestMs: {
    advance: median(rounds.map(({ longest }) => longest)),
    back: median(rounds.map(({ back }) => back)),
  },
};
process.stdout.write(JSON.stringify(costs));

type Round = ReturnType<typeof measureOnce>;

function measureOnce() {
  const wheel = new TimerWheel(START);
  const insert = msOf(() => filled(wheel));
  const again = msOf(() => {
    for (const [index, id] of ids.entries()) wheel.insert(id, (instants[index] ?? 0) + 1);
  });
  const cancel = msOf(() => {
    for (const id of ids) wheel.cancel(id);
  });
  filled(wheel);
  const back = msOf(() => wheel.advance(START - HOUR_MS));
  let longest = 0;
  const drain = msOf(() => {
    for (let at = wheel.nextAt(); at !== null; at = wheel.nextAt()) {
      const next = at;
      longest = Math.max(
        longest,
        msOf(() => wheel.advance(next)),
      );
    }
  });
  return { insert, again, cancel, back, drain, longest };
}

function filled(wheel: TimerWheel): TimerWheel {
  for (const [index, id] of ids.entries()) wheel.insert(id, instants[index] ?? 0);
  return wheel;
}

/** Milliseconds that some work takes. */
function msOf(work: () => unknown): number {
  const before = performance.now();
  work();
  return performance.now() - before;
}

function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run it with --expose-gc.');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

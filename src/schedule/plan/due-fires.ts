import { exceptedDay } from './excepted.ts';
import type { Plan } from './plan.ts';
import { backwardsOf } from '../recurrence/next-fire.ts';
import { isDrawn, type Origin } from '../recurrence/recurrence.ts';
import { boundsOf } from '../time/moment.ts';

/** What has come due. */
export interface DueFires {
  /** When the latest of them were planned, the earliest first; at least one. */
  latest: readonly number[];
  /** All before those, from the first to the last; how many, where that is known. */
  earlier: { from: number; until: number; count: number | null } | null;
}

/** Beyond so many a count is not worth its time: croner takes 0.04 ms for each, a day less. */
const MOST_COUNTED = { cron: 30, words: 30, days: 400, weekday: 400, once: 1 };

/** No two fires of a schedule are closer: what comes due on time, as nearly all do, is alone. */
const CLOSEST_MS = 1000;

type Span = Origin & { plannedAt: number };

/**
 * What has come due by `now`, beginning with the fire that is planned, which is due. Where the interval is drawn no
 * other is definite, and that one is all.
 * @param most how many are told one by one
 */
export function dueFires(
  plan: Plan,
  { anchorAt, plannedAt, now, most }: { anchorAt: number; plannedAt: number; now: number; most: number },
): DueFires {
  if (isDrawn(plan.recurrence) || now - plannedAt < CLOSEST_MS) return { latest: [plannedAt], earlier: null };
  const span = { anchorAt, fromAt: plan.fromAt, zone: plan.zone, plannedAt };
  const latest = upTo(most, fromTheLast(plan, span, Math.min(now, plan.untilAt ?? now))).reverse();
  return { latest, earlier: earlierOf(plan, span, latest[0] ?? plannedAt) };
}

/** The fires planned by `by`, the last one first, down to the one at `plannedAt`. */
function* fromTheLast(plan: Plan, span: Span, by: number): Generator<number, undefined> {
  for (let until: number | null = by; until !== null;) until = yield* toExceptedDay(plan, span, until);
  yield span.plannedAt;
}

/** Those after `plannedAt`, back to a day without a fire; returns what is before that day. */
function* toExceptedDay(plan: Plan, span: Span, by: number): Generator<number, number | null> {
  for (const at of backwardsOf(plan.recurrence, span, by)) {
    if (at <= span.plannedAt) break;
    const day = exceptedDay(plan, at);
    if (day !== null) return day.before;
    yield at;
  }
  return null;
}

/** The fires before the first that is told by itself. */
function earlierOf(plan: Plan, span: Span, first: number): DueFires['earlier'] {
  if (first <= span.plannedAt) return null;
  const { recurrence } = plan;
  const isElapsed = recurrence.kind === 'elapsed';
  const most = isElapsed ? 0 : MOST_COUNTED[recurrence.kind];
  const counted = upTo(most + 1, fromTheLast(plan, span, first - 1));
  const from = span.plannedAt;
  const until = counted[0] ?? from;
  if (isElapsed)
    return { from, until, count: countElapsed(plan, recurrence.min * recurrence.unitMs, from, until) };
  return { from, until, count: counted.length > most ? null : counted.length };
}

/** How many fires there are from one to another, both included. */
function countElapsed(plan: Plan, intervalMs: number, from: number, until: number): number {
  const countBy = (by: number): number => Math.max(0, Math.floor((by - from) / intervalMs));
  let count = 1 + countBy(until);
  for (const day of plan.except) {
    const { before, last } = boundsOf(day, plan.zone);
    count -= countBy(Math.min(last, until)) - countBy(Math.min(before, until));
  }
  return count;
}

function upTo(most: number, fires: Iterable<number>): number[] {
  const taken: number[] = [];
  for (const fire of fires) {
    taken.push(fire);
    if (taken.length >= most) break;
  }
  return taken;
}

import { boundsOf } from '../time/moment.ts';
import { exceptedDay } from './excepted.ts';
import type { Plan } from './plan.ts';
import { draw } from '../recurrence/draw.ts';
import { furthestElapsed, pullInElapsed } from '../recurrence/elapsed.ts';
import { beginOf, firstOf, nextOf } from '../recurrence/next-fire.ts';
import type { ElapsedRecurrence, NextFire, Origin } from '../recurrence/recurrence.ts';

/** A fire to come. Times are milliseconds since the epoch. */
export interface PlannedFire {
  /** As the spec has it: with the schedule, its name for ever. */
  plannedAt: number;
  /** When it is to be made: later by the jitter, and earlier than the next planned one. */
  dueAt: number;
}

/** Draws from 0 up to, but without, 1. */
type Random = () => number;

/** The first fire of a plan that is requested at `at`, always later than that; null when it never fires. */
export function firstFire(plan: Plan, { at, random }: { at: number; random: Random }): PlannedFire | null {
  const origin = { anchorAt: at, fromAt: plan.fromAt, zone: plan.zone };
  const first = firstOf(plan.recurrence, origin, random);
  return jittered(plan, firstAllowed(plan, { ...origin, random }, first), { anchorAt: at, random });
}

/**
 * The first fire after `after` and after `plannedAt`, the last one; null when there is none. It counts from when the
 * last one was planned, not from when that was made, so that nothing drifts.
 * @param anchorAt the instant of the request
 */
export function nextFire(
  plan: Plan,
  {
    anchorAt,
    plannedAt,
    after,
    random,
  }: { anchorAt: number; plannedAt: number; after: number; random: Random },
): PlannedFire | null {
  return jittered(plan, nextPlanned(plan, { anchorAt, plannedAt, after, random }), { anchorAt, random });
}

/**
 * The next fire after the wall clock was stepped back to `now`: an interval is never further off than one (longest)
 * interval, except where `from` or days without fires put it. Days, weeks, weekdays and hours of the day belong to the
 * calendar and stay where they are.
 */
export function pullIn(plan: Plan, fire: PlannedFire, now: number): PlannedFire {
  const { recurrence } = plan;
  if (recurrence.kind !== 'elapsed') return fire;
  const plannedAt = pulledIn(plan, recurrence, fire.plannedAt, now);
  return plannedAt < fire.plannedAt ? { plannedAt, dueAt: plannedAt + fire.dueAt - fire.plannedAt } : fire;
}

/** What `from` or the days without fires have put off is found again there, since the phase is kept. */
function pulledIn(plan: Plan, recurrence: ElapsedRecurrence, plannedAt: number, now: number): number {
  const { fromAt, zone } = plan;
  const keepsPhase = fromAt !== null || plan.except.size > 0;
  const pulled = pullInElapsed(recurrence, { plannedAt, now, keepsPhase });
  if (!keepsPhase || pulled === plannedAt) return pulled;
  const origin = { anchorAt: now, fromAt, zone };
  const begin = fromAt === null ? null : beginOf(recurrence, origin, fromAt);
  let furthest = begin === null ? pulled : Math.max(pulled, begin);
  // A fire that is drawn may fall on any of the days on the way, and is drawn anew behind it.
  for (const day of plan.except) {
    const { before, last } = boundsOf(day, zone);
    const isOnTheWay = last > now && before < furthest;
    if (isOnTheWay) furthest = Math.max(furthest, furthestElapsed(recurrence, furthest, last));
  }
  return firstAllowed(plan, { ...origin, random: shortest }, furthest) ?? plannedAt;
}

function nextPlanned(plan: Plan, next: Omit<NextFire, 'fromAt' | 'zone'>): number | null {
  const counted = { ...next, fromAt: plan.fromAt, zone: plan.zone };
  return firstAllowed(plan, counted, nextOf(plan.recurrence, counted));
}

/** The first fire from `planned` on that is neither on a day without fires nor too late. */
function firstAllowed(
  plan: Plan,
  origin: Origin & { random: Random },
  planned: number | null,
): number | null {
  // Each step leaves one of the days behind for good, so that there are no more steps than days.
  for (let at = planned; at !== null;) {
    if (plan.untilAt !== null && at > plan.untilAt) return null;
    const day = exceptedDay(plan, at);
    if (day === null) return at;
    at = nextOf(plan.recurrence, { ...origin, plannedAt: at, after: day.last });
  }
  return null;
}

/** Puts a fire off by up to the jitter, but not to the next one: they stay in order. */
function jittered(
  plan: Plan,
  plannedAt: number | null,
  { anchorAt, random }: { anchorAt: number; random: Random },
): PlannedFire | null {
  if (plannedAt === null) return null;
  if (plan.jitterMs === 0) return { plannedAt, dueAt: plannedAt };
  const next = nextPlanned(plan, { anchorAt, plannedAt, after: plannedAt, random: shortest });
  const room = next === null ? plan.jitterMs : next - plannedAt - 1;
  return { plannedAt, dueAt: plannedAt + draw(0, Math.min(plan.jitterMs, room), random) };
}

const shortest: Random = () => 0;

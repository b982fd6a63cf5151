import { firstOnCalendar, nextOnCalendar } from './calendar.ts';
import { firstElapsed, nextElapsed, pullInElapsed } from './elapsed.ts';
import type { FirstFire, NextFire, Recurrence } from './recurrence.ts';

/** The first fire of a schedule that is requested at `at`; always later than that. */
export function firstFire(recurrence: Recurrence, first: FirstFire): number {
  const next =
    recurrence.kind === 'elapsed' ? firstElapsed(recurrence, first) : firstOnCalendar(recurrence, first);
  return laterThan(first.at, next);
}

/**
 * The first fire after `after`, counted from the planned one and not from when that was made, so that nothing
 * drifts. Fires missed in between are passed over, in constant time. Where the interval is drawn and fires were
 * missed, the last whole unit that has passed counts as the last fire.
 */
export function nextFire(recurrence: Recurrence, next: NextFire): number {
  const after = Math.max(next.after, next.plannedAt);
  const at =
    recurrence.kind === 'elapsed'
      ? nextElapsed(recurrence, { ...next, after })
      : nextOnCalendar(recurrence, { ...next, after });
  return laterThan(after, at);
}

/**
 * When to fire next after the wall clock was stepped back to `now`: never further off than one (longest)
 * interval. Days, weeks and weekdays belong to the calendar and stay where they are.
 */
export function pullIn(
  recurrence: Recurrence,
  { nextFireAt, now }: { nextFireAt: number; now: number },
): number {
  return recurrence.kind === 'elapsed' ? pullInElapsed(recurrence, nextFireAt, now) : nextFireAt;
}

/** A fire that is not later than the one before would be made again and again, as fast as the machine can. */
function laterThan(after: number, at: number): number {
  if (at > after) return at;
  throw new Error(`the next fire, ${at}, is not later than ${after}`);
}

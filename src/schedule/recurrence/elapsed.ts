import { draw } from './draw.ts';
import type { ElapsedRecurrence, NextFire, Origin } from './recurrence.ts';
import { wallClock } from '../time/zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * One interval after the request. With a minute of the hour: that minute in the hour of the request, and one
 * interval after it; `every hour at 00:MM` is this hour if MM is still ahead.
 */
export function firstElapsed(
  recurrence: ElapsedRecurrence,
  { anchorAt, zone }: Origin,
  random: () => number,
): number {
  const { unitMs, min, max, atMinute } = recurrence;
  const interval = draw(min, max, random) * unitMs;
  if (atMinute === null) return anchorAt + interval;
  const thisHour = inHourOf(anchorAt, atMinute, zone);
  return min === 1 && thisHour > anchorAt ? thisHour : thisHour + interval;
}

/** `from` itself; with a minute of the hour, the first such minute from then on. */
export function elapsedFrom({ atMinute }: ElapsedRecurrence, from: number, zone: string): number {
  if (atMinute === null) return from;
  const thisHour = inHourOf(from, atMinute, zone);
  return thisHour >= from ? thisHour : thisHour + HOUR_MS;
}

/** Expects `after` not to be before `plannedAt`. */
export function nextElapsed(recurrence: ElapsedRecurrence, { plannedAt, after, random }: NextFire): number {
  const { unitMs, min, max } = recurrence;
  const interval = draw(min, max, random) * unitMs;
  if (plannedAt + interval > after) return plannedAt + interval;
  return lastElapsed(stepOf(recurrence), plannedAt, after) + interval;
}

/** The furthest that the first fire after `after` may be, where `at` is one that is passed over. */
export function furthestElapsed(recurrence: ElapsedRecurrence, at: number, after: number): number {
  return lastElapsed(stepOf(recurrence), at, after) + recurrence.max * recurrence.unitMs;
}

/** What the instants of fires lie apart, or a multiple of it: drawn ones whole units. */
function stepOf({ unitMs, min, max }: ElapsedRecurrence): number {
  return min === max ? max * unitMs : unitMs;
}

/** The last instant by `by` that is a multiple of the interval after `plannedAt`. */
export function lastElapsed(intervalMs: number, plannedAt: number, by: number): number {
  return plannedAt + Math.floor((by - plannedAt) / intervalMs) * intervalMs;
}

/**
 * The next fire, no further off than one (longest) interval.
 * @param keepsPhase whole intervals are taken off, of drawn ones whole units; with a minute of the hour they always are
 */
export function pullInElapsed(
  recurrence: ElapsedRecurrence,
  { plannedAt, now, keepsPhase }: { plannedAt: number; now: number; keepsPhase: boolean },
): number {
  const { unitMs, max, atMinute } = recurrence;
  const interval = max * unitMs;
  if (atMinute === null && !keepsPhase) return Math.min(plannedAt, now + interval);
  // The first fire of `every 2 hours at 00:MM` may rightly be up to three hours away.
  const furthest = atMinute === null || max === 1 ? interval : interval + HOUR_MS;
  if (plannedAt - now <= furthest) return plannedAt;
  const step = stepOf(recurrence);
  return plannedAt - Math.ceil((plannedAt - now - furthest) / step) * step;
}

/** That minute of the hour which the clocks of the zone show. */
function inHourOf(at: number, minute: number, zone: string): number {
  const wall = wallClock(at, zone);
  const pastHour = wall.minute * MINUTE_MS + wall.second * 1000 + wall.millisecond;
  return at - pastHour + minute * MINUTE_MS;
}

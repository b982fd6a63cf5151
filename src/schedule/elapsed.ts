import { draw } from './draw.ts';
import type { ElapsedRecurrence, FirstFire, NextFire } from './recurrence.ts';
import { wallClock } from './zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * One interval after the request. With a minute of the hour: that minute in the hour of the request, and one
 * interval after it; `every hour at 00:MM` is this hour if MM is still ahead.
 */
export function firstElapsed(recurrence: ElapsedRecurrence, { at, zone, random }: FirstFire): number {
  const { unitMs, min, max, atMinute } = recurrence;
  const interval = draw(min, max, random) * unitMs;
  if (atMinute === null) return at + interval;
  const wall = wallClock(at, zone);
  const pastHour = wall.minute * MINUTE_MS + wall.second * 1000 + wall.millisecond;
  const thisHour = at - pastHour + atMinute * MINUTE_MS;
  return min === 1 && thisHour > at ? thisHour : thisHour + interval;
}

/** Expects `after` not to be before `plannedAt`. */
export function nextElapsed(recurrence: ElapsedRecurrence, { plannedAt, after, random }: NextFire): number {
  const { unitMs, min, max } = recurrence;
  const interval = draw(min, max, random) * unitMs;
  if (plannedAt + interval > after) return plannedAt + interval;
  const grid = min === max ? interval : unitMs;
  const lastPassed = plannedAt + Math.floor((after - plannedAt) / grid) * grid;
  return lastPassed + interval;
}

/** With a minute of the hour, whole intervals are taken off, so that the minute stays. */
export function pullInElapsed(recurrence: ElapsedRecurrence, nextFireAt: number, now: number): number {
  const { unitMs, max, atMinute } = recurrence;
  const interval = max * unitMs;
  if (atMinute === null) return Math.min(nextFireAt, now + interval);
  // The first fire of `every 2 hours at 00:MM` may rightly be up to three hours away.
  const furthest = max === 1 ? interval : interval + HOUR_MS;
  if (nextFireAt - now <= furthest) return nextFireAt;
  return nextFireAt - Math.ceil((nextFireAt - now - interval) / interval) * interval;
}

import { Temporal } from 'temporal-polyfill';
import { draw } from './draw.ts';
import type { DaysRecurrence, FirstFire, NextFire, TimeOfDay, WeekdayRecurrence } from './recurrence.ts';
import { instantOf, wallClock } from './zone.ts';

/** Wanted days, `stepDays` apart from `base` on, all at one time of day. */
interface Grid {
  base: Temporal.PlainDate;
  stepDays: number;
  time: Temporal.PlainTime;
  zone: string;
}

/** `every day at T` is today if T is still ahead, `every N days at T` is N days from today. */
export function firstOnCalendar(
  recurrence: DaysRecurrence | WeekdayRecurrence,
  { at, zone, random }: FirstFire,
): number {
  if (isDrawn(recurrence)) {
    const base = wallClock(at, zone).toPlainDate();
    const time = timeOf(recurrence.at, at, zone);
    if (recurrence.min === 1 && recurrence.unitDays === 1) {
      const today = instantOf(base, time, zone);
      if (today > at) return today;
    }
    return instantOf(base.add({ days: drawDays(recurrence, random) }), time, zone);
  }
  const grid = gridOf(recurrence, at, zone);
  return instantOf(firstAfter(grid, at), grid.time, zone);
}

/** Expects `after` not to be before `plannedAt`. */
export function nextOnCalendar(
  recurrence: DaysRecurrence | WeekdayRecurrence,
  { anchorAt, plannedAt, after, zone, random }: NextFire,
): number {
  if (isDrawn(recurrence)) {
    const time = timeOf(recurrence.at, anchorAt, zone);
    const base = wantedDay(plannedAt, time, zone);
    const days = drawDays(recurrence, random);
    const onTime = instantOf(base.add({ days }), time, zone);
    if (onTime > after) return onTime;
    const stepDays = recurrence.unitDays;
    const firstAhead = firstAfter({ base, stepDays, time, zone }, after);
    return instantOf(firstAhead.add({ days: days - stepDays }), time, zone);
  }
  // The days wanted follow from the request alone, so that a gap or a late fire can shift none of them.
  const grid = gridOf(recurrence, anchorAt, zone);
  return instantOf(firstAfter(grid, after), grid.time, zone);
}

function isDrawn(recurrence: DaysRecurrence | WeekdayRecurrence): recurrence is DaysRecurrence {
  return recurrence.kind === 'days' && recurrence.min !== recurrence.max;
}

function drawDays({ min, max, unitDays }: DaysRecurrence, random: () => number): number {
  return draw(min, max, random) * unitDays;
}

function gridOf(recurrence: DaysRecurrence | WeekdayRecurrence, anchorAt: number, zone: string): Grid {
  const today = wallClock(anchorAt, zone).toPlainDate();
  const time = timeOf(recurrence.at, anchorAt, zone);
  if (recurrence.kind === 'weekday') {
    const ahead = (recurrence.weekday - today.dayOfWeek + 7) % 7;
    return { base: today.add({ days: ahead }), stepDays: 7, time, zone };
  }
  const stepDays = recurrence.min * recurrence.unitDays;
  return { base: stepDays === 1 ? today : today.add({ days: stepDays }), stepDays, time, zone };
}

function timeOf(at: TimeOfDay | null, anchorAt: number, zone: string): Temporal.PlainTime {
  return at === null ? wallClock(anchorAt, zone).toPlainTime() : Temporal.PlainTime.from(at);
}

/** The first wanted day whose fire is later than `after`. */
function firstAfter({ base, stepDays, time, zone }: Grid, after: number): Temporal.PlainDate {
  // A zone that crosses the date line skips or repeats a whole day, so the search begins a little earlier.
  const daysSinceBase = base.until(wallClock(after, zone).toPlainDate()).days - 2;
  let day = base.add({ days: Math.max(0, Math.floor(daysSinceBase / stepDays)) * stepDays });
  while (instantOf(day, time, zone) <= after) day = day.add({ days: stepDays });
  return day;
}

/** The day that a fire stands for: the day before, where a gap has put the fire after midnight. */
function wantedDay(firedAt: number, time: Temporal.PlainTime, zone: string): Temporal.PlainDate {
  const day = wallClock(firedAt, zone).toPlainDate();
  const dayBefore = day.subtract({ days: 1 });
  const isOfDayBefore = instantOf(day, time, zone) > firedAt && instantOf(dayBefore, time, zone) === firedAt;
  return isOfDayBefore ? dayBefore : day;
}

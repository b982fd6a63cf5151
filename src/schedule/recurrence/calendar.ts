import { Temporal } from 'temporal-polyfill';
import { draw } from './draw.ts';
import {
  isDrawn,
  type DaysRecurrence,
  type NextFire,
  type Origin,
  type TimeOfDay,
  type WeekdayRecurrence,
} from './recurrence.ts';
import { instantOf, wallClock } from '../time/zone.ts';

type CalendarRecurrence = DaysRecurrence | WeekdayRecurrence;

/** Wanted days, `stepDays` apart from `base` on, all at one time of day. */
interface Grid {
  base: Temporal.PlainDate;
  stepDays: number;
  time: Temporal.PlainTime;
  zone: string;
}

/** `every day at T` is today if T is still ahead, `every N days at T` is N days from today. */
export function firstOnCalendar(
  recurrence: CalendarRecurrence,
  origin: Origin,
  random: () => number,
): number {
  const { anchorAt, zone } = origin;
  if (isDrawnDays(recurrence)) {
    const base = wallClock(anchorAt, zone).toPlainDate();
    const time = timeOf(recurrence.at, anchorAt, zone);
    if (recurrence.min === 1 && recurrence.unitDays === 1) {
      const today = instantOf(base, time, zone);
      if (today > anchorAt) return today;
    }
    return instantOf(base.add({ days: drawDays(recurrence, random) }), time, zone);
  }
  const grid = gridOf(recurrence, origin);
  return instantOf(firstAfter(grid, anchorAt), grid.time, zone);
}

/** The first wanted time of day on a wanted day from `fromAt` on. */
export function calendarFrom(recurrence: CalendarRecurrence, origin: Origin, fromAt: number): number {
  const { base, time, zone } = gridFrom(recurrence, origin, fromAt);
  return instantOf(base, time, zone);
}

/** Expects `after` not to be before `plannedAt`. */
export function nextOnCalendar(recurrence: CalendarRecurrence, next: NextFire): number {
  const { anchorAt, plannedAt, after, zone, random } = next;
  if (isDrawnDays(recurrence)) {
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
  const grid = gridOf(recurrence, next);
  return instantOf(firstAfter(grid, after), grid.time, zone);
}

/** The fires by `by`, the last one first. */
export function* backwardsOnCalendar(
  recurrence: CalendarRecurrence,
  origin: Origin,
  by: number,
): Generator<number, undefined> {
  const grid = gridOf(recurrence, origin);
  let later: number | null = null;
  for (let day = firstAfter(grid, by); !day.equals(grid.base);) {
    day = day.subtract({ days: grid.stepDays });
    const at = instantOf(day, grid.time, grid.zone);
    // A day that the zone has skipped fires with the day after it.
    if (at !== later) yield at;
    later = at;
  }
}

function isDrawnDays(recurrence: CalendarRecurrence): recurrence is DaysRecurrence {
  return isDrawn(recurrence);
}

function drawDays({ min, max, unitDays }: DaysRecurrence, random: () => number): number {
  return draw(min, max, random) * unitDays;
}

function gridOf(recurrence: CalendarRecurrence, origin: Origin): Grid {
  const { anchorAt, fromAt, zone } = origin;
  if (fromAt !== null) return gridFrom(recurrence, origin, fromAt);
  const today = wallClock(anchorAt, zone).toPlainDate();
  const time = timeOf(recurrence.at, anchorAt, zone);
  if (recurrence.kind === 'weekday') return { base: onWeekday(today, recurrence), stepDays: 7, time, zone };
  const stepDays = recurrence.min * recurrence.unitDays;
  return { base: stepDays === 1 ? today : today.add({ days: stepDays }), stepDays, time, zone };
}

/** Counts from the first day on which a fire is not before `fromAt`. */
function gridFrom(recurrence: CalendarRecurrence, { anchorAt, zone }: Origin, fromAt: number): Grid {
  const time = timeOf(recurrence.at, anchorAt, zone);
  const fromDay = wallClock(fromAt, zone).toPlainDate();
  const firstDay = firstAfter({ base: fromDay, stepDays: 1, time, zone }, fromAt - 1);
  if (recurrence.kind === 'weekday')
    return { base: onWeekday(firstDay, recurrence), stepDays: 7, time, zone };
  return { base: firstDay, stepDays: recurrence.min * recurrence.unitDays, time, zone };
}

function onWeekday(day: Temporal.PlainDate, { weekday }: WeekdayRecurrence): Temporal.PlainDate {
  return day.add({ days: (weekday - day.dayOfWeek + 7) % 7 });
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

import { Temporal } from 'temporal-polyfill';
import type { Plan } from '../plan/plan.ts';
import type {
  DaysRecurrence,
  ElapsedRecurrence,
  OnceRecurrence,
  Recurrence,
  TimeOfDay,
} from '../recurrence/recurrence.ts';
import { meaningOfCron } from './meaning-of-cron.ts';
import { meaningOfWords } from './meaning-of-words.ts';
import { count, durationText } from '../grammar/duration-text.ts';
import { dateText, instantText, list, timeOfDay, weekdayName } from './say.ts';
import { UNIT_MS } from '../grammar/units.ts';

const DRAWN = ', drawn anew each time';
/** So many excepted days are named one by one. */
const MAX_DAYS = 6;

/** When a plan fires, in plain English: made from what was understood of the spec, and of the rules beside it. */
export function meaningOf(plan: Plan): string {
  const { recurrence, zone, fromAt, untilAt, except, jitterMs } = plan;
  const said = [
    recurrenceText(recurrence, zone),
    onClocks(plan) ? `in ${zone} time` : null,
    fromAt === null ? null : `from ${instantText(fromAt, zone)}`,
    untilAt === null ? null : untilText(untilAt, zone),
    except.size === 0 ? null : `except on ${daysText([...except])}`,
    jitterMs === 0 ? null : `each up to ${durationText(jitterMs)} later at random`,
  ];
  return said.filter((part) => part !== null).join(', ');
}

function recurrenceText(recurrence: Recurrence, zone: string): string {
  switch (recurrence.kind) {
    case 'elapsed':
      return elapsedText(recurrence);
    case 'days':
      return everyDaysText(recurrence);
    case 'weekday':
      return `every ${weekdayName(recurrence.weekday)} ${atText(recurrence.at)}`;
    case 'cron':
      return meaningOfCron(recurrence.pattern);
    case 'words':
      return meaningOfWords(recurrence);
    case 'once':
      return onceText(recurrence, zone);
  }
}

function elapsedText({ unitMs, min, max, atMinute }: ElapsedRecurrence): string {
  const [unit = 'millisecond'] = Object.entries(UNIT_MS).find(([, ms]) => ms === unitMs) ?? [];
  const minute = atMinute === null ? '' : ` at ${count(atMinute, 'minute')} past the hour`;
  return `${everyText(min, max, unit)}${minute}${min === max ? '' : DRAWN}`;
}

function everyDaysText({ unitDays, min, max, at }: DaysRecurrence): string {
  if (unitDays === 1 && max === 1 && at !== null) return `${atText(at)} every day`;
  return `${everyText(min, max, unitDays === 7 ? 'week' : 'day')} ${atText(at)}${min === max ? '' : DRAWN}`;
}

function everyText(min: number, max: number, unit: string): string {
  if (min !== max) return `every ${min} to ${count(max, unit)}`;
  return `every ${min === 1 ? unit : count(min, unit)}`;
}

function atText(at: TimeOfDay | null): string {
  return at === null ? 'at the time of day of the request' : `at ${timeOfDay(at.hour, at.minute, at.second)}`;
}

function onceText({ at }: OnceRecurrence, zone: string): string {
  if ('afterMs' in at) return `once, ${durationText(at.afterMs)} after the request`;
  if ('instant' in at)
    return `once, on ${wallText(Temporal.Instant.fromEpochMilliseconds(at.instant).toZonedDateTimeISO(zone).toPlainDateTime())}`;
  return `once, on ${wallText(Temporal.PlainDateTime.from(`${at.date}T${at.time ?? '00:00'}`))}`;
}

function wallText(wall: Temporal.PlainDateTime): string {
  return `${dateText(wall.toPlainDate())} at ${timeOfDay(wall.hour, wall.minute, wall.second)}`;
}

/** Whether the clocks of the zone have a part in it. */
function onClocks({ recurrence, fromAt, untilAt, except }: Plan): boolean {
  if (fromAt !== null || untilAt !== null || except.size > 0) return true;
  if (recurrence.kind === 'elapsed') return recurrence.atMinute !== null;
  return recurrence.kind !== 'once' || !('afterMs' in recurrence.at);
}

function untilText(at: number, zone: string): string {
  const dayAfter = instantText(at + 1, zone);
  return dayAfter.includes(' at ')
    ? `until ${instantText(at, zone)}`
    : `until the end of ${instantText(at, zone).split(' at ')[0]}`;
}

function daysText(days: readonly string[]): string {
  const sorted = days.toSorted();
  const named = sorted.slice(0, MAX_DAYS).map((day) => dateText(Temporal.PlainDate.from(day)));
  const more = sorted.length - named.length;
  return list(more > 0 ? [...named, count(more, 'more day')] : named);
}

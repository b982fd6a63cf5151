import type { Recurrence, TimeOfDay } from '../recurrence/recurrence.ts';
import { Fault, quote } from './fault.ts';
import { MAX_INTERVAL_MS, UNIT_MS, WEEKDAYS, unitOf, type Unit } from './units.ts';

const FORM =
  'a spec is "now" or "every [N [to M]] UNIT [at HH:MM]", such as "every 2 to 3 hours" or "every day at 10:30", ' +
  'or a cron pattern, or days and times such as "at 9:00 on monday and friday", or one time such as "in 10 minutes"';
const UNITS = 'a unit is second, minute, hour, day, week, their plurals, or the name of a weekday';

/**
 * Reads `now`, or `every [N [to M]] UNIT [at HH:MM]`, from words in lower case.
 * @throws Fault
 */
export function readEvery(text: readonly string[]): Recurrence | 'now' {
  const words = [...text];
  const first = words.shift();
  if (first === 'now' && words.length === 0) return 'now';
  if (first !== 'every') throw new Fault(FORM);

  let count: number | null = null;
  let most: number | null = null;
  if (isNumeric(words[0])) {
    count = takeCount(words);
    if (words[0] === 'to') {
      words.shift();
      most = takeCount(words);
      if (most < count) {
        throw new Fault(`the second number, "${most}", must not be less than the first, "${count}"`);
      }
    }
  }

  const unit = takeUnit(words);
  const at = words[0] === 'at' ? takeTime(words) : null;
  if (words.length > 0) throw new Fault(`${quote(words.join(' '))} is not understood there`);

  return typeof unit === 'object' ? onWeekday(unit.weekday, count, most, at) : inUnits(unit, count, most, at);
}

function onWeekday(name: string, count: number | null, most: number | null, at: string | null): Recurrence {
  if (most !== null || (count !== null && count > 1)) {
    throw new Fault(`a weekday takes no number; "every ${name}" is once a week`);
  }
  return { kind: 'weekday', weekday: WEEKDAYS.indexOf(name) + 1, at: at === null ? null : timeOfDay(at) };
}

function inUnits(word: string, count: number | null, most: number | null, at: string | null): Recurrence {
  const plural = word.endsWith('s');
  const unit = (plural ? word.slice(0, -1) : word) as Unit;
  const min = count ?? 1;
  const max = most ?? min;
  if (min > 1 && !plural) {
    throw new Fault(`after the number "${min}" the unit must be in the plural, "${unit}s"`);
  }
  const unitMs = UNIT_MS[unit];
  if (max * unitMs > MAX_INTERVAL_MS) {
    const limit = Math.floor(MAX_INTERVAL_MS / unitMs);
    throw new Fault(
      `"${max}" ${unit}s are too long; an interval may last 100 years at most, which is ${limit} ${unit}s`,
    );
  }
  switch (unit) {
    case 'second':
    case 'minute':
      refuseTime(at, unit, 'the first fire is one interval after the request');
      return { kind: 'elapsed', unitMs, min, max, atMinute: null };
    case 'hour':
      return { kind: 'elapsed', unitMs, min, max, atMinute: at === null ? null : minuteOfHour(at) };
    case 'day':
      return { kind: 'days', unitDays: 1, min, max, at: at === null ? null : timeOfDay(at) };
    case 'week':
      refuseTime(
        at,
        unit,
        'name a weekday, as in "every monday at 10:30", or count days, as in "every 7 days at 10:30"',
      );
      return { kind: 'days', unitDays: 7, min, max, at: null };
  }
}

function isNumeric(word: string | undefined): boolean {
  return word !== undefined && /^[+-]?[.\d]/.test(word);
}

function takeCount(words: string[]): number {
  const word = words.shift();
  if (word === undefined) throw new Fault('the number after "to" is missing, as in "every 2 to 3 hours"');
  if (!/^\d+$/.test(word) || Number(word) === 0) {
    throw new Fault(`${quote(word)} is not a number of units; it must be a whole number of at least 1`);
  }
  return Number(word);
}

/** The unit as it was written, known to be one. */
function takeUnit(words: string[]): string | { weekday: string } {
  const word = words.shift();
  if (word === undefined || word === 'at') throw new Fault(`the unit is missing; ${UNITS}`);
  if (WEEKDAYS.includes(word)) return { weekday: word };
  if (unitOf(word) === null) throw new Fault(`${quote(word)} is not a unit; ${UNITS}`);
  return word;
}

/** The word after "at"; what it may be depends on the unit. */
function takeTime(words: string[]): string {
  words.shift();
  const word = words.shift();
  if (word === undefined) throw new Fault('the time after "at" is missing, as in "every day at 10:30"');
  return word;
}

function timeOfDay(word: string): TimeOfDay {
  const match = /^(\d{1,2}):(\d{2})$/.exec(word);
  const hour = Number(match?.[1]);
  const minute = Number(match?.[2]);
  // What did not match is not a number, and no number of hours.
  if (hour <= 23 && minute <= 59) return { hour, minute };
  throw new Fault(`${quote(word)} is not a time of day; it must be HH:MM, from 00:00 to 23:59`);
}

function minuteOfHour(word: string): number {
  const match = /^0?0:([0-5]\d)$/.exec(word);
  if (match) return Number(match[1]);
  throw new Fault(
    `HH:MM of an hourly schedule must be 00:MM, from 00:00 to 00:59, not ${quote(word)}; ` +
      '"every hour at 00:15" is a quarter past each hour',
  );
}

function refuseTime(at: string | null, unit: Unit, instead: string): void {
  if (at !== null) throw new Fault(`"at" goes with hours, days and weekdays, not with ${unit}s; ${instead}`);
}

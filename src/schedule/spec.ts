import { UserError } from '../errors.ts';
import type { Recurrence, TimeOfDay } from './recurrence.ts';

/** What a spec asks for: one job at once, or jobs again and again. */
export type Spec = { kind: 'now' } | Recurrence;

const MAX_LENGTH = 200;
const DAY_MS = 86_400_000;
/** 100 years. Longer intervals are slips of the finger, and leave the range of dates when added up. */
const MAX_INTERVAL_MS = 36_525 * DAY_MS;

const UNIT_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS } as const;
type Unit = keyof typeof UNIT_MS;

/** In the order of ISO 8601: monday is 1. */
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

const FORM =
  'a spec is "now" or "every [N [to M]] UNIT [at HH:MM]", such as "every 10 minutes", "every 2 to 3 hours", ' +
  '"every day at 10:30" or "every monday at 9:00"';
const UNITS = 'a unit is second, minute, hour, day, week, their plurals, or the name of a weekday';

/**
 * Reads a scheduling spec: `now`, or `every [N [to M]] UNIT [at HH:MM]`. Case and white space do not matter.
 * @throws UserError `invalid`: what is wrong and what would be accepted.
 */
export function parseSpec(text: string): Spec {
  if (text.length > MAX_LENGTH) {
    throw new UserError(
      'invalid',
      `The spec that begins with ${quote(text.slice(0, 40))} is ${text.length} characters long; at most ${MAX_LENGTH} are accepted.`,
    );
  }
  try {
    return parseWords(
      text
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== ''),
    );
  } catch (error) {
    if (error instanceof Fault)
      throw new UserError('invalid', `Cannot schedule ${quote(text)}: ${error.message}.`);
    throw error;
  }
}

/** What is wrong with a spec, before the whole spec is quoted. */
class Fault extends Error {}

function parseWords(words: string[]): Spec {
  const first = words.shift();
  if (first === 'now' && words.length === 0) return { kind: 'now' };
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
  if (words.length > 0) throw new Fault(`${quote(words.join(' '))} is not understood there; ${FORM}`);

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
  if (!Object.hasOwn(UNIT_MS, word.replace(/s$/, '')))
    throw new Fault(`${quote(word)} is not a unit; ${UNITS}`);
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

function quote(text: string): string {
  return JSON.stringify(text);
}

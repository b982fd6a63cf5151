import { Temporal } from 'temporal-polyfill';
import type { Moment } from '../time/moment.ts';
import { Fault, orRefuse, quote } from './fault.ts';

const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`;
const TIME = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?`;
const MOMENT = new RegExp(`^${DATE}(?:(?: |t| t )${TIME} ?(z|[+-]\\d{2}:?\\d{2})?)?$`);

/**
 * A date, perhaps with a time of day: `2026-12-01`, `2026-12-01 10:00`, `2026-12-01T10:00:00+01:00`.
 * @throws UserError `invalid`
 */
export function parseMoment(text: string): Moment {
  return orRefuse(() => readMoment(text));
}

/**
 * Days: `2026-12-24, 2026-12-25`; sorted, each once.
 * @throws UserError `invalid`
 */
export function parseDates(text: string): string[] {
  return orRefuse(() => readDates(text));
}

/** @throws Fault */
export function readMoment(text: string): Moment {
  const wanted = text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
  const match = MOMENT.exec(wanted);
  if (match === null) {
    const what = 'a date, which is written as "2026-12-01", "2026-12-01 10:00" or "2026-12-01T10:00:00Z"';
    throw new Fault(`${quote(wanted)} is not ${what}`, nearestMoment(wanted));
  }
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const date = realDate({ year: Number(year), month: Number(month), day: Number(day) }, wanted);
  if (hour === undefined) return { date: date.toString(), time: null };
  const time = realTime(
    {
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second ?? 0),
      millisecond: Number((fraction ?? '').padEnd(3, '0')),
    },
    wanted,
    date,
  );
  if (offset === undefined)
    return {
      date: date.toString(),
      time: time.toString({ smallestUnit: time.millisecond === 0 ? 'second' : 'millisecond' }),
    };
  try {
    const iso = `${date.toString()}T${time.toString()}${offset.toUpperCase()}`;
    return { instant: Temporal.Instant.from(iso).epochMilliseconds };
  } catch {
    throw new Fault(`${quote(offset)} is not an offset from UTC, such as "+01:00"`, sayWall(date, time));
  }
}

/** @throws Fault */
export function readDates(text: string): string[] {
  const dates = text.split(',').map((part) => {
    const day = readDay(part.trim());
    if (!(day instanceof Fault)) return day;
    throw new Fault(day.message, nearestDates(text));
  });
  return [...new Set(dates)].sort();
}

function readDay(text: string): string | Fault {
  try {
    const moment = readMoment(text);
    if ('date' in moment && moment.time === null) return moment.date;
  } catch (error) {
    if (error instanceof Fault && error.suggestion !== null) return error;
  }
  return new Fault(`${quote(text)} is not a day; days are written as "2026-12-24, 2026-12-25"`);
}

/** All the days in a text, each put right; null where there is none. */
function nearestDates(text: string): string | null {
  const found = text.match(/\d{1,4}[-./]\d{1,2}[-./]\d{1,4}/g) ?? [];
  const days = found.map((day) => {
    const read = readDay(day);
    return read instanceof Fault ? (read.suggestion?.slice(0, 10) ?? null) : read;
  });
  return [...new Set(days.filter((day) => day !== null))].join(', ') || null;
}

function realDate(parts: { year: number; month: number; day: number }, text: string): Temporal.PlainDate {
  try {
    return Temporal.PlainDate.from(parts, { overflow: 'reject' });
  } catch {
    const near = Temporal.PlainDate.from({
      year: parts.year,
      month: Math.max(1, parts.month),
      day: Math.max(1, parts.day),
    });
    throw new Fault(
      `${quote(text)} names a day that is in no calendar`,
      text.replace(/^[\d-]+/, near.toString()),
    );
  }
}

function realTime(
  parts: { hour: number; minute: number; second: number; millisecond: number },
  text: string,
  date: Temporal.PlainDate,
): Temporal.PlainTime {
  try {
    return Temporal.PlainTime.from(parts, { overflow: 'reject' });
  } catch {
    const near =
      parts.hour === 24 && parts.minute === 0
        ? [date.add({ days: 1 }), '00:00']
        : [date, Temporal.PlainTime.from(parts).toString({ smallestUnit: 'minute' })];
    throw new Fault(
      `the time of day in ${quote(text)} is not one from 00:00 to 23:59`,
      near.map(String).join(' '),
    );
  }
}

function sayWall(date: Temporal.PlainDate, time: Temporal.PlainTime): string {
  return `${date.toString()} ${time.toString({ smallestUnit: 'minute' })}`;
}

/** For dates with dots or slashes: the year first, or last after the day. */
function nearestMoment(text: string): string | null {
  const [, a, b, c, rest = ''] = /^(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})(.{0,20})$/.exec(text) ?? [];
  const [year, day] = a?.length === 4 ? [a, c] : [c, a];
  if (year?.length !== 4 || b === undefined || day === undefined) return null;
  const [time = ''] = /\d{1,2}:\d{2}/.exec(rest) ?? [];
  const near = `${year}-${b.padStart(2, '0')}-${day.padStart(2, '0')} ${time}`.trim();
  return isMoment(near) ? near : null;
}

function isMoment(text: string): boolean {
  try {
    readMoment(text);
    return true;
  } catch {
    return false;
  }
}

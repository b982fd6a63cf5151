import type { Temporal } from 'temporal-polyfill';
import { wallClock } from '../time/zone.ts';
import { MONTHS, WEEKDAYS } from '../grammar/units.ts';
import { ordinal } from '../grammar/words-text.ts';

/** `Monday, Tuesday and Friday`. */
export function list(items: readonly string[], last = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** Ascending numbers, three and more in a row as a range: `1st, 2nd and 5th through 8th`. */
export function numbers(values: readonly number[], name: (value: number) => string): string {
  const items: string[] = [];
  for (const [first, last] of runs(values)) {
    if (last - first >= 2) items.push(`${name(first)} through ${name(last)}`);
    else items.push(...new Set([name(first), name(last)]));
  }
  return list(items);
}

/** The first and the last of each stretch of numbers that are one apart. */
function runs(values: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const value of values) {
    const run = found.at(-1);
    if (run?.[1] === value - 1) run[1] = value;
    else found.push([value, value]);
  }
  return found;
}

/** @param weekday 0 and 7 are sunday */
export function weekdayName(weekday: number): string {
  return capital(WEEKDAYS[(weekday + 6) % 7] ?? '');
}

/** @param month 1 is january */
export function monthName(month: number): string {
  return capital(MONTHS[month - 1] ?? '');
}

/** `1st`, and for 0 `last`. */
export function rank(value: number): string {
  return value === 0 ? 'last' : ordinal(value);
}

/** `10:05`, with seconds where there are some. */
export function timeOfDay(hour: number, minute: number, second = 0): string {
  const parts = second === 0 ? [hour, minute] : [hour, minute, second];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** `1 December 2026`. */
export function dateText(date: Temporal.PlainDate): string {
  return `${date.day} ${monthName(date.month)} ${date.year}`;
}

/** `1 December 2026 at 10:00`; only the day at midnight. */
export function instantText(at: number, zone: string): string {
  const wall = wallClock(at, zone);
  const day = dateText(wall.toPlainDate());
  if (wall.hour + wall.minute + wall.second === 0) return day;
  return `${day} at ${timeOfDay(wall.hour, wall.minute, wall.second)}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

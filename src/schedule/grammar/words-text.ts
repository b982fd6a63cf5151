import type { Part, Words } from './words-part.ts';
import { SIZE } from './words-part.ts';
import { MONTHS, WEEKDAYS } from './units.ts';

/** The one text that says it in the grammar of `later`, its values in ascending order. */
export function textOfWords({ parts, except }: Words): string {
  const said = parts.map(textOfPart).join(' also ');
  return except === null ? said : `${said} except ${textOfPart(except)}`;
}

function textOfPart(part: Part): string {
  const clauses = [
    part.t && `at ${part.t.map(timeText).join(' and ')}`,
    every(part.h, 'h'),
    every(part.m, 'm'),
    every(part.s, 's'),
    part.t_a && `after ${timeText(part.t_a[0])}`,
    part.t_b && `before ${timeText(part.t_b[0])}`,
    weekdays(part.d),
    ordinals(part.dc, 'day instance'),
    ordinals(part.D, 'day of the month'),
    ordinals(part.dy, 'day of the year'),
    part.M && `of ${part.M.map((month) => MONTHS[month - 1]).join(' and ')}`,
    part.Y && `in ${part.Y.join(' and ')}`,
  ];
  return clauses.filter((clause) => clause !== undefined).join(' ');
}

/** `10:05`. */
export function timeText(seconds: number): string {
  const [hour, minute] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

function every(values: number[] | undefined, unit: 'h' | 'm' | 's'): string | undefined {
  if (values === undefined) return undefined;
  const [first = 0, second] = values;
  const step = second === undefined ? SIZE[unit] : second - first;
  const name = { h: 'hour', m: 'minute', s: 'second' }[unit];
  const period = `every ${step} ${name}${step === 1 ? '' : 's'}`;
  if (unit === 'h' && values.length < SIZE.h / step) return `${period} between ${first} and ${values.at(-1)}`;
  return first === 0 ? period : `${period} starting on the ${ordinal(first)} ${name}`;
}

function weekdays(days: number[] | undefined): string | undefined {
  if (days === undefined) return undefined;
  if (days.join() === '2,3,4,5,6') return 'every weekday';
  if (days.join() === '1,7') return 'every weekend';
  return `on ${days.map((day) => WEEKDAYS[(day + 5) % 7]).join(' and ')}`;
}

function ordinals(values: number[] | undefined, what: string): string | undefined {
  if (values === undefined) return undefined;
  const said = values.map((value) => (value === 0 ? 'last' : ordinal(value)));
  return `on the ${said.join(' and ')} ${what}`;
}

/** `1st`, `22nd`, `13th`. */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

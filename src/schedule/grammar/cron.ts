import { Cron } from 'croner';
import nodeCron from 'node-cron';
import type { CronRecurrence } from '../recurrence/recurrence.ts';
import { Fault, quote } from './fault.ts';
import { nearest } from './nearest.ts';
import { MONTHS, WEEKDAYS } from './units.ts';

const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const DAY_NAMES = ['sun', ...WEEKDAYS.slice(0, 6).map((day) => day.slice(0, 3))];
const MONTH_NAMES = MONTHS.map((month) => month.slice(0, 3));

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names that stand for the numbers from the least on. */
  names: readonly string[];
  /** In words, after "it may be". */
  range: string;
  /** A lone value other than `*`, numbers, ranges and steps. */
  special: RegExp | null;
}

const FIELDS: readonly Field[] = [
  { name: 'second', min: 0, max: 59, names: [], range: '0 to 59', special: null },
  { name: 'minute', min: 0, max: 59, names: [], range: '0 to 59', special: null },
  { name: 'hour', min: 0, max: 23, names: [], range: '0 to 23', special: null },
  {
    name: 'day of the month',
    min: 1,
    max: 31,
    names: [],
    range: '1 to 31, "L" for the last, or one such as "15W" for the weekday nearest to it',
    special: /^(l|lw|(0?[1-9]|[12]\d|3[01])w)$/,
  },
  { name: 'month', min: 1, max: 12, names: MONTH_NAMES, range: '1 to 12, or "JAN" to "DEC"', special: null },
  {
    name: 'day of the week',
    min: 0,
    max: 7,
    names: DAY_NAMES,
    range:
      '0 to 7 (0 and 7 are sunday), "SUN" to "SAT", one such as "FRI#2" for the second, or "FRI#L" for the last',
    special: /^(0?[0-7]|sun|mon|tue|wed|thu|fri|sat)(l|#([1-5]|l))$/,
  },
];

/** Patterns that fire are computed from here on, so that what is accepted does not change with time. */
const SINCE = new Date('2026-01-01T00:00:00Z');
/** Every day of every leap year falls on each weekday within so long. */
const HORIZON_MS = 41 * 31_557_600_000;

const FIELD_LIKE = new RegExp(`^([\\d*?,/#-]|l|w|${[...DAY_NAMES, ...MONTH_NAMES].join('|')})+$`);

/** Whether the words look like a cron pattern, be it a right one; one of the fields may be anything. */
export function looksLikeCron(words: readonly string[]): boolean {
  const [first = ''] = words;
  if (first.startsWith('@')) return true;
  const fields = words.filter((word) => FIELD_LIKE.test(word)).length;
  if (/^[\d*?]/.test(first))
    return words.some((word) => /^[*?]/.test(word)) || (fields >= 4 && fields >= words.length - 1);
  return (
    words.length > 4 &&
    fields === words.length - 1 &&
    words.slice(1).every((word) => /^[\d*?/,-]+$/.test(word))
  );
}

/**
 * Reads a cron pattern of five or six fields, or a nickname such as `@daily`, from words in lower case. What fires is
 * croner's to say.
 * @throws Fault
 */
export function readCron(words: readonly string[]): CronRecurrence {
  if (words[0]?.startsWith('@')) return { kind: 'cron', pattern: nickname(words) };
  if (words.length !== 5 && words.length !== 6) throw new Fault(wrongCount(words), withFields(words));
  const fields = words.length === 6 ? FIELDS : FIELDS.slice(1);
  for (const [i, field] of fields.entries()) {
    const fault = faultOfField(words[i] ?? '', field);
    if (fault !== null) throw new Fault(fault, repaired(words, i, field));
  }
  const pattern = words.join(' ').toUpperCase();
  judge(pattern);
  return { kind: 'cron', pattern };
}

function nickname(words: readonly string[]): string {
  const name = words.join(' ');
  if (NICKNAMES.has(name)) return name;
  const [first = '', ...rest] = words;
  if (rest.length > 0 && NICKNAMES.has(first)) {
    throw new Fault(`${quote(rest.join(' '))} is not understood after ${quote(first)}`, first);
  }
  if (name === '@reboot') {
    throw new Fault('"@reboot" is not a time; a job that is to run at once is asked for by "now"', 'now');
  }
  const all = [...NICKNAMES.keys()].map(quote).join(', ');
  throw new Fault(
    `${quote(name)} is none of ${all}`,
    nearest(name, NICKNAMES.keys()) ?? (/\d/.test(name) ? null : '@daily'),
  );
}

function wrongCount(words: readonly string[]): string {
  const years = words.length === 7 ? '; years cannot be given' : '';
  return (
    `a cron pattern has five fields (minute, hour, day of the month, month, day of the week), or six with the second ` +
    `before them, not ${words.length}${years}`
  );
}

/** With the fields that are missing, or without those too many. */
function withFields(words: readonly string[]): string | null {
  const fields =
    words.length < 5 ? [...words, ...Array<string>(5 - words.length).fill('*')] : words.slice(0, 6);
  return patternOrNearest(fields);
}

/** A pattern that may have more faults than the one that was mended. */
function patternOrNearest(words: readonly string[]): string | null {
  try {
    readCron(words);
    return words.join(' ').toUpperCase();
  } catch (error) {
    if (error instanceof Fault) return error.suggestion;
    throw error;
  }
}

/** What is wrong with a field, in our words; null where nothing is. */
function faultOfField(text: string, field: Field): string | null {
  for (const part of text.split(',')) {
    const wrong = faultOfPart(part, field);
    const whole = quote(text.toUpperCase());
    if (wrong !== null)
      return `the ${field.name} of the cron pattern ${wrong.includes(whole) ? '' : `is ${whole} and `}${wrong}`;
  }
  return null;
}

function faultOfPart(part: string, field: Field): string | null {
  if (part === '') return 'has nothing on one side of a comma';
  if (field.special?.test(part)) return null;
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0) return 'has two steps';
  if (step !== undefined) {
    if (!/^\d+$/.test(step) || Number(step) === 0)
      return `has the step ${quote(step)}, which must be a whole number of at least 1`;
    if (Number(step) > sizeOf(field))
      return `has the step "${step}", which is more than all of ${field.min} to ${field.max}`;
  }
  if (range === '*' || range === '?') return null;
  const ends = range.split('-');
  if (ends.length > 2)
    return `has ${quote(range.toUpperCase())}, which is not a range such as "${field.min}-${field.max}"`;
  const values = ends.map((end) => valueOf(end, field));
  const unknown = values.indexOf(null);
  if (unknown !== -1)
    return `has ${quote((ends[unknown] ?? '').toUpperCase())}, where it may be ${field.range}`;
  const [from, to] = values as [number, number | undefined];
  if (step !== undefined && to === undefined)
    return `has a step after a single value; a step goes with "*" or a range, as in "${from}-${field.max}/${step}"`;
  if (to !== undefined && to < from && ends[1] !== 'sun') {
    return `has the range ${quote(range.toUpperCase())}, whose end is before its start; two ranges would do`;
  }
  return null;
}

function valueOf(text: string, field: Field): number | null {
  const name = field.names.indexOf(text);
  const value = name !== -1 ? name + field.min : /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  return value >= field.min && value <= field.max ? value : null;
}

/** The pattern with its field made right, or the words that say it better. */
function repaired(words: readonly string[], at: number, field: Field): string | null {
  const text = words[at] ?? '';
  const others = words.slice(at + 1);
  const [, step] = /^\*\/(\d+)$/.exec(text) ?? [];
  if (
    Number(step) > 0 &&
    words.length === 5 &&
    others.every((other) => other === '*') &&
    (at === 0 || words[0] === '0')
  ) {
    if (field.name === 'minute') return `every ${step} minutes`;
    if (field.name === 'hour') return `every ${step} hours`;
  }
  const parts = text.split(',').filter((part) => part !== '');
  const mended = parts.map((part) => {
    const near = faultOfPart(part, field) === null ? part : mend(part, field);
    return faultOfField(near, field) === null ? near : mendValue('', field);
  });
  // The field must be right now, or it would be mended without end.
  return patternOrNearest(words.with(at, mended.join(',') || mendValue('', field)));
}

function mend(part: string, field: Field): string {
  // As in "L-3", which other schedulers have for the last but three.
  if (field.special?.test('lw') && part.startsWith('l')) return 'l';
  const [range = '', step] = part.split('/');
  const [from = '', to] = range.split('-').map((end) => mendValue(end, field));
  if (to === undefined) return step === undefined || from === '*' ? from : `${from}-${field.max}/${step}`;
  const [low, high] = [valueOf(from, field), valueOf(to, field)];
  if (low === null || high === null || low <= high) return `${from}-${to}`;
  return `${low}-${field.min + sizeOf(field) - 1},${field.min}-${high}`;
}

/** How many values there are: sunday is both 0 and 7. */
function sizeOf(field: Field): number {
  return field.names === DAY_NAMES ? 7 : field.max - field.min + 1;
}

function mendValue(text: string, field: Field): string {
  if (text === '*' || valueOf(text, field) !== null) return text;
  if (/^\d+$/.test(text))
    return String(
      Number(text) === field.max + 1 ? field.min : Math.min(Math.max(Number(text), field.min), field.max),
    );
  if (field.names.includes(text.slice(0, 3))) return text.slice(0, 3);
  // Rather once too rarely than once a minute.
  return nearest(text, field.names) ?? (field.min === 0 && field.names.length === 0 ? '0' : '*');
}

/** The values that the numbers, names, ranges and steps of a field stand for, in ascending order. */
export function fieldValues(name: string, text: string): number[] {
  const field = FIELDS.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`cron has no field "${name}"`);
  const values = new Set<number>();
  for (const part of text
    .toLowerCase()
    .split(',')
    .filter((some) => some !== '')) {
    const [range = '', step = '1'] = part.split('/');
    const ends =
      range === '*' || range === '?'
        ? [field.min, field.min + sizeOf(field) - 1]
        : range.split('-').map((end) => valueOf(end, field) ?? field.min);
    const [from = 0, to = from] = ends;
    for (let value = from; value <= (to < from ? field.max : to); value += Number(step)) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** A pattern in fields, also for a nickname. */
export function patternOf(pattern: string): string {
  return NICKNAMES.get(pattern) ?? pattern;
}

/** What only the whole pattern shows, and what croner finds beside. */
function judge(pattern: string): void {
  const cron = croner(pattern);
  const next = cron.nextRun(SINCE);
  if (next !== null && next.getTime() - SINCE.getTime() <= HORIZON_MS) return;
  const impossible = nodeCron.validateDetailed(pattern).errors.find(({ field }) => field === 'dayOfMonth');
  const [day = '', month = ''] = pattern.split(' ').slice(-3);
  throw new Fault(
    impossible === undefined || !/^\d+$/.test(day) || !/^\d+$/.test(month)
      ? `the cron pattern ${quote(pattern)} never fires`
      : `the cron pattern never fires: there is no ${day} ${monthName(month)}`,
    firing(pattern),
  );
}

function croner(pattern: string): Cron {
  try {
    return new Cron(pattern, { paused: true, timezone: 'UTC' });
  } catch (error) {
    const said = nodeCron.validateDetailed(pattern).errors[0]?.message ?? (error as Error).message;
    throw new Fault(`the cron pattern ${quote(pattern)} is not one: ${said.replace(/^CronPattern: /, '')}`);
  }
}

function monthName(month: string): string {
  const name = MONTHS[Number(month) - 1] ?? month;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The same on the last day of the month. */
function firing(pattern: string): string {
  const fields = pattern.split(' ');
  return fields.with(-3, 'L').join(' ');
}

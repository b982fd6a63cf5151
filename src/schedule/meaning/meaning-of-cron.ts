import cronstrue from 'cronstrue';
import { fieldValues, patternOf } from '../grammar/cron.ts';
import { list, monthName, numbers, rank, timeOfDay, weekdayName } from './say.ts';

/** Of so many, each time of a day is told. */
const MOST_TIMES = 6;

/** What a cron pattern says, in English. */
export function meaningOfCron(pattern: string): string {
  const fields = patternOf(pattern).split(' ');
  const [second = '0', minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] =
    fields.length === 6 ? fields : ['0', ...fields];
  const time = clockTimes(second, minute, hour) ?? repeated(second, minute, hour);
  const days = daysText(day, weekday) || (/^at \d\d:/.test(time) ? 'every day' : '');
  const months = isAny(month) ? '' : `in ${numbers(fieldValues('month', month), monthName)}`;
  const when = [days, months].filter((part) => part !== '').join(' ');
  if (when === '') return time;
  return `${time}${time.startsWith('at ') ? ' ' : ', '}${when}`;
}

/** `at 09:00 and 17:30`, for few; null where a field is open, or has a step. */
function clockTimes(second: string, minute: string, hour: string): string | null {
  if (!/^\d+$/.test(second) || !/^\d[\d,-]*$/.test(minute) || isAny(hour)) return null;
  const [hours, minutes] = [fieldValues('hour', hour), fieldValues('minute', minute)];
  if (minutes.length > 1 && hours.length * minutes.length > MOST_TIMES) return null;
  const times = hours.flatMap((h) => minutes.map((m) => timeOfDay(h, m, Number(second))));
  // A range of hours is shorter as such.
  return /^\d+-\d+$/.test(hour) && times.length > 2 ? null : `at ${list(times)}`;
}

/** cronstrue says this well, but for hours that are not all in a row: "every 15 minutes, every 3 hours". */
function repeated(second: string, minute: string, hour: string): string {
  const [seconds, minutes] = [plain(second), plain(minute)];
  if (isAny(hour)) return said([seconds, minutes, '*']);
  const hours = fieldValues('hour', hour);
  const [first = 0, last = 0] = [hours[0], hours.at(-1)];
  if (first === last && minutes === '0') return said([seconds, minutes, String(first)]);
  if (last - first === hours.length - 1) return said([seconds, minutes, `${first}-${last}`]);
  return `${said([seconds, minutes, '*'])}, in the hours that begin at ${numbers(hours, (h) => timeOfDay(h, 0))}`;
}

function said(fields: readonly string[]): string {
  const pattern = [...fields, '*', '*', '*'].join(' ');
  const text = cronstrue.toString(pattern, { use24HourTimeFormat: true });
  return (text.charAt(0).toLowerCase() + text.slice(1))
    .replace(/^every hour$/, 'every full hour')
    .replace(
      /^every \d+ (minute|second)s$/,
      (all, unit) => `${all} from the full ${unit === 'minute' ? 'hour' : 'minute'} on`,
    );
}

/** Minutes or seconds without what cronstrue does not know, and without steps that do not divide the whole. */
function plain(field: string): string {
  const step = Number(/^[*?]\/(\d+)$/.exec(field)?.[1] ?? 1);
  if (isAny(field) || field === '0-59') return '*';
  if (step > 1 && 60 % step === 0 && step < 60) return `*/${step}`;
  return /[/,]/.test(field) ? fieldValues('minute', field).join(',') : field;
}

/** By Vixie's rule a fire needs only one of the two, if both are restricted. */
function daysText(day: string, weekday: string): string {
  const options = [isAny(day) ? '' : monthDaysText(day), isAny(weekday) ? '' : weekdaysText(weekday)];
  return options.filter((option) => option !== '').join(' or ');
}

function monthDaysText(field: string): string {
  const parts = field.split(',');
  const days = fieldValues(
    'day of the month',
    parts.filter((part) => /^[\d*?]/.test(part) && !part.endsWith('W')).join(','),
  );
  const all = parts.includes('L') ? [...days, 0] : days;
  const near = parts.flatMap((part) =>
    /^\d+W$/.test(part) ? [`the weekday nearest to the ${rank(Number.parseInt(part))}`] : [],
  );
  const ends = parts.includes('LW') ? ['the last weekday of the month'] : [];
  const said =
    all.length > 0 ? [`the ${numbers(all, rank)} day of the month`, ...near, ...ends] : [...near, ...ends];
  return `on ${list(said)}`;
}

function weekdaysText(field: string): string {
  const said: string[] = [];
  const whole: string[] = [];
  for (const part of field.split(',')) {
    const [, name, which] = /^(.+?)(?:#([1-5L])|(?<=[\dA-Z])(L))$/.exec(part) ?? [];
    if (name === undefined || (which === undefined && !part.endsWith('L'))) {
      whole.push(part);
      continue;
    }
    const [weekday = 0] = fieldValues('day of the week', name);
    said.push(
      `the ${which === undefined || which === 'L' ? 'last' : rank(Number(which))} ${weekdayName(weekday)} of the month`,
    );
  }
  if (whole.length > 0) {
    // From monday on, so that a weekend is in one piece.
    const days = fieldValues('day of the week', whole.join(',')).map((weekday) =>
      weekday === 0 ? 7 : weekday,
    );
    said.unshift(numbers([...new Set(days)].sort(), weekdayName));
  }
  return `on ${list(said)}`;
}

function isAny(field: string): boolean {
  return field === '*' || field === '?' || field === '*/1' || field === '?/1';
}

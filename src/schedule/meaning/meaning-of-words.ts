import type { WordsRecurrence } from '../recurrence/recurrence.ts';
import { list, monthName, numbers, rank, timeOfDay, weekdayName } from './say.ts';
import { SIZE, type Part } from '../grammar/words-part.ts';
import { timeText } from '../grammar/words-text.ts';
import { wordsOf } from '../grammar/words.ts';

/** What a calendar text says, in English. */
export function meaningOfWords(recurrence: WordsRecurrence): string {
  const { parts, except } = wordsOf(recurrence);
  const said = parts.map(partText).join(', and also ');
  return except === null ? said : `${said}, but not ${daysText(except)}`;
}

function partText(part: Part): string {
  const [times, days] = [timesText(part), daysText(part)];
  if (times.startsWith('at ')) return `${times} ${days || 'every day'}`;
  return days === '' ? times : `${times}, ${days}`;
}

function timesText(part: Part): string {
  const times = [
    part.t && `at ${list(part.t.map(timeText))}`,
    hoursText(part.h),
    repeatText(part.m, 'm'),
    repeatText(part.s, 's'),
  ];
  const said = times.find((text) => text !== undefined) ?? 'at 00:00';
  const window = [
    part.t_a && `from ${timeText(part.t_a[0])}${part.t_b ? '' : ' on'}`,
    part.t_b && `until just before ${timeText(part.t_b[0])}`,
  ].filter((text) => text !== undefined);
  return window.length === 0 ? said : `${said}, ${window.join(' ')}`;
}

function hoursText(hours: number[] | undefined): string | undefined {
  if (hours === undefined) return undefined;
  return hours.length === SIZE.h ? 'every full hour' : `at ${list(hours.map((hour) => timeOfDay(hour, 0)))}`;
}

/** Unlike the intervals of our own grammar, these stand still on the clock. */
function repeatText(values: number[] | undefined, unit: 'm' | 's'): string | undefined {
  if (values === undefined) return undefined;
  const [name, whole] = unit === 'm' ? ['minute', 'hour'] : ['second', 'minute'];
  const [first = 0, second] = values;
  if (second === undefined)
    return first === 0 ? `every full ${whole}` : `every ${whole} at ${first} ${name}s past`;
  if (second - first === 1) return `every full ${name}`;
  const from =
    first === 0 ? `the full ${whole}` : `${first} ${name}${first === 1 ? '' : 's'} past the ${whole}`;
  return `every ${second - first} ${name}s from ${from} on`;
}

function daysText({ d, dc, D, dy, M, Y }: Part): string {
  const names = d && weekdaysText(d);
  const said = [
    dc && names && `on the ${list(dc.map(rank))} ${names} of the month`,
    dc ? undefined : names && `on ${names}`,
    D && `${names === undefined ? '' : 'when that is '}on the ${numbers(D, rank)} day of the month`,
    dy && `${names === undefined ? '' : 'when that is '}on the ${numbers(dy, rank)} day of the year`,
  ].filter((text) => text !== undefined);
  const period = [M && `in ${numbers(M, monthName)}`, Y && `in ${numbers(Y, String)}`].filter(
    (text) => text !== undefined,
  );
  const days = said.length === 0 && period.length > 0 ? ['every day'] : said;
  return [...days, ...period].join(' ');
}

function weekdaysText(days: readonly number[]): string {
  // From monday on, so that a weekend is in one piece.
  return numbers(days.map((day) => (day === 1 ? 7 : day - 1)).sort(), weekdayName);
}

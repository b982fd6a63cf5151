import { WEEKDAYS } from './units.ts';

const DATE = String.raw`\d{1,4}[-./]\d{1,2}[-./]\d{1,4}`;
const TIME = String.raw`\d{1,2}:\d\d(?::\d\d)?`;
const HOUR = String.raw`(\d{1,2})(?::(\d\d))?`;
const SUFFIX = /^(in|from|until|except|jitter)$/;

/** How people write what has one place and form here; tried in this order. */
const TURNS: readonly [RegExp, string | ((...found: (string | undefined)[]) => string)][] = [
  [/^["'`“”‘’]+|["'`“”‘’]+$/g, ''],
  [/^(?:please|run|once) (?=.)/, ''],
  [
    /\b(\d{1,2})(?::(\d\d))? ?([ap])m\b/g,
    (_, hour, minute = '00', half) => inDay(Number(hour), minute, half),
  ],
  [/\bat (\d{1,2})[.h](\d\d)(?![\d.])/g, 'at $1:$2'],
  [/\bat (\d{1,2}):(\d)(?![\d:])/g, 'at $1:0$2'],
  [new RegExp(String.raw`\bevery (day|${WEEKDAYS.join('|')}) (?=\d{1,2}:\d\d)`), 'every $1 at '],
  [
    /\b(\d{1,4}) ?h(?:(?:ou)?rs?)?(?:,| and)? ?(\d{1,4}) ?m(?:in(?:ute)?s?)?\b/,
    (_, hours, minutes) => `${Number(hours) * 60 + Number(minutes)} minutes`,
  ],
  [/\b(?:(\d{1,4}) )?hours? and a half\b/, (_, hours = '1') => `${Number(hours) * 60 + 30} minutes`],
  [
    new RegExp(
      String.raw`^every (?:(\d{1,4}) )?(second|minute|hour|sec|min|hr)s? (?:from|between) ${HOUR} ?(?:to|until|till|and|-) ?${HOUR}(?=$| )`,
    ),
    (_, count, unit, ...hours) => within(count, unit, hours),
  ],
  [new RegExp(String.raw`^(?:on |at )?(${DATE})(?:,| at)? (${TIME})(?=$| )`), 'at $1 $2'],
  [new RegExp(String.raw`^(?:at )?(${TIME}),? (?:on )?(${DATE})(?=$| )`), 'at $2 $1'],
];

/** The words of a spec that was refused, with what can be told to be a time, a date or a zone in its place. */
export function straighten(words: readonly string[]): string[] {
  let text = words.join(' ').normalize('NFKC');
  for (const [turn, by] of TURNS) {
    text = typeof by === 'string' ? text.replace(turn, by) : text.replace(turn, by);
  }
  return zoneLast(text.split(' '));
}

/** A time with "am" or "pm" on the clock of 24 hours; as it is where it is none. */
function inDay(hour: number, minute: string, half = ''): string {
  if (hour < 1 || hour > 12) return `${hour}:${minute} ${half}m`;
  return `${String((hour % 12) + (half === 'p' ? 12 : 0)).padStart(2, '0')}:${minute}`;
}

/** Repeats from one hour to another, which are said in two ways. */
function within(
  count = '1',
  unit = '',
  [from, fromMinute = '00', to, toMinute = '00']: (string | undefined)[],
): string {
  const name = { s: 'second', m: 'minute' }[unit.charAt(0)] ?? 'hour';
  const every = `every ${count} ${name}${count === '1' ? '' : 's'}`;
  return name === 'hour' && fromMinute === '00' && toMinute === '00'
    ? `${every} between ${from} and ${to}`
    : `${every} after ${from}:${fromMinute} before ${to}:${toMinute}`;
}

/** A zone that stands elsewhere, with or without "in" or cron's "TZ=", goes behind all else. */
function zoneLast(words: readonly string[]): string[] {
  for (const [at, word] of words.entries()) {
    const [, zone] = /^(?:(?:cron_)?tz=)?\(?([a-z_]+\/[a-z][\w/+-]*|utc|gmt)\)?$/.exec(word) ?? [];
    if (zone === undefined) continue;
    const isNamed = words[at - 1] === 'in';
    const next = words[at + 1];
    if (isNamed && (next === undefined || SUFFIX.test(next))) continue;
    return [...words.slice(0, isNamed ? at - 1 : at), ...words.slice(at + 1), 'in', zone];
  }
  return [...words];
}

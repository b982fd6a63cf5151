import { UNIT_MS, unitOf } from './units.ts';

export const NUMBERS = [
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

/** Words that people use, and what they are here; tried in this order. */
const REWRITES: readonly [RegExp, string | ((...found: (string | undefined)[]) => string)][] = [
  [/[;.!]+$/g, ''],
  [/^@ ?(?=\d)/g, 'at '],
  [/^@every[_ ]/g, 'every '],
  [/\beach\b/g, 'every'],
  [/\beveryday\b|\bdaily\b/g, 'every day'],
  [
    /^(?:on |every )?(?:the )?(first|last|\d{1,2}(?:st|nd|rd|th))(?: day)? of (?:(?:the|every) )?month\b/g,
    'on the $1 day of the month',
  ],
  [/\bevery month on (?:the )?(first|last|\d{1,2}(?:st|nd|rd|th))(?: day)?\b/g, 'on the $1 day of the month'],
  [/\bevery (?:night|morning|evening)\b/g, 'every day'],
  [/\b(?:business|working) ?days?\b|\bworkdays?\b/g, 'weekday'],
  [/\bevery (hour|minute|second) (?=on |every |after |before )/g, 'every 1 $1 '],
  [/\bhourly\b/g, 'every hour'],
  [/\bweekly\b/g, 'every week'],
  [/\b(monthly|every month)\b/g, 'on the 1st day of the month'],
  [/\b(yearly|annually|every year)\b/g, 'on the 1st day of the year'],
  [/\bfortnightly\b|\b(every )?fortnight\b/g, 'every 2 weeks'],
  [/^every week on /g, 'every '],
  [/\bon (?:the )?week(day|end)s?\b/g, 'every week$1'],
  [/\b(\d{1,4}) ?- ?(\d{1,4}) (?=(?:second|minute|hour|day|week)s?\b)/g, '$1 to $2 '],
  [/\bhalf (an )?hour\b/g, '30 minutes'],
  [/\bquarter (of an )?hour\b/g, '15 minutes'],
  [/\b(?:other|second) (day|hour|week|minute)\b/g, '2 $1s'],
  [new RegExp(`\\b(${NUMBERS.join('|')})\\b`, 'g'), (word = '') => String(NUMBERS.indexOf(word) + 1)],
  [/\b(every|in) an? /g, '$1 1 '],
  [/\b(tomorrow)\b.*/g, 'in 1 day'],
  [/\b(today)\b.*/g, 'in 1 hour'],
  [/\bmidnight\b/g, '00:00'],
  [/\bnoon\b/g, '12:00'],
  [/(\d)(s|secs?|m|mins?|h|hrs?|d)\b/g, '$1 $2'],
  [/(\d) (s|secs?)\b/g, '$1 seconds'],
  [/(\d) (m|mins?)\b/g, '$1 minutes'],
  [/(\d) (h|hrs?)\b/g, '$1 hours'],
  [/(\d) d\b/g, '$1 days'],
  [/\b(mon|tues|wednes|thurs|fri|satur|sun)days\b/g, '$1day'],
  [/\b24:00\b/g, '00:00'],
  [/\b(\d{1,2}:\d\d):\d\d\b/g, '$1'],
  [/\bat (\d\d)(\d\d)(?![-.\d])/g, 'at $1:$2'],
  [/\bat$/g, 'at 10:30'],
  [/\bthe (?:3[2-9]|[4-9]\d)(?:st|nd|rd|th) day\b/g, 'the last day'],
  [/\bevery -(\d)/g, 'every $1'],
  [/\bevery 0+ /g, 'every 1 '],
  [
    /\b(\d{1,6}\.\d{1,4}) (second|minute|hour|day|week)s?\b/g,
    (_, count = '', unit = '') => wholeUnits(Number(count), unit),
  ],
  [/\bevery (\d+) to (\d+)\b/g, (_, a = '', b = '') => `every ${Math.min(+a, +b)} to ${Math.max(+a, +b)}`],
  [
    /\b(\d+) (second|minute|hour|day|week)s?\b/g,
    (_, count = '', unit = '') => `${count} ${unit}${Number(count) > 1 ? 's' : ''}`,
  ],
  [/\bevery \d+ (monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/g, 'every $1'],
  [/\bweek at (\S+)$/g, '7 days at $1'],
  [/\b24 hours at /g, 'day at '],
  [/\b(\d{1,4}) weeks at /g, (_, weeks = '') => `${Number(weeks) * 7} days at `],
  [
    /\b(hours?) at :?(\d\d)(:\d\d)?$/g,
    (_, unit = '', first = '', second) =>
      `${unit} at 00:${second === undefined || second === ':00' ? first : second.slice(1)}`,
  ],
  [/\b(seconds?|minutes?) at \S+$/g, '$1'],
];

/** A text with the words that people use replaced by those of specs, which makes it a spec or nearly one. */
export function rewrite(text: string): string {
  let rewritten = text;
  for (const [pattern, by] of REWRITES) {
    rewritten = typeof by === 'string' ? rewritten.replace(pattern, by) : rewritten.replace(pattern, by);
  }
  return rewritten;
}

function wholeUnits(count: number, unit: string): string {
  const ms = count * UNIT_MS[unitOf(unit) ?? 'minute'];
  const smaller = (['hour', 'minute', 'second'] as const).find((name) =>
    Number.isInteger(ms / UNIT_MS[name]),
  );
  return smaller === undefined ? `${Math.ceil(count)} ${unit}s` : `${ms / UNIT_MS[smaller]} ${smaller}s`;
}

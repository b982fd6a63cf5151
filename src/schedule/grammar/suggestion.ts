import { readBody } from './body.ts';
import { Fault } from './fault.ts';
import { nearest } from './nearest.ts';
import { NUMBERS, rewrite } from './rewrites.ts';
import { MONTHS, UNIT_MS, WEEKDAYS } from './units.ts';
import type { Words } from './words-part.ts';
import { readWords } from './words-reader.ts';
import { textOfWords, timeText } from './words-text.ts';

/** More words than that are not looked at for slips of the pen. */
const MAX_WORDS = 40;
const MAX_DROPPED = 20;

const VOCABULARY = [
  ...'now every to at in on of the and also except after before between first last through starting until from'.split(
    ' ',
  ),
  ...Object.keys(UNIT_MS).flatMap((unit) => [unit, `${unit}s`]),
  ...WEEKDAYS,
  ...MONTHS,
  ...'weekday weekend month months year instance daily hourly weekly monthly yearly each tomorrow today noon'.split(
    ' ',
  ),
];
const KNOWN = new Set([
  ...VOCABULARY,
  ...NUMBERS,
  ...'a an half quarter other midnight annually everyday  secs min mins hrs hr mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept oct nov dec 1st 2nd 3rd am pm for'.split(
    ' ',
  ),
]);

/** The accepted body of a spec that is nearest to one that was refused; some example where nothing is near. */
export function suggestBody(words: readonly string[], fault: Fault): string {
  for (const candidate of candidates(words.slice(0, MAX_WORDS), fault)) {
    if (isAccepted(candidate)) return candidate;
  }
  return exampleFor(words[0]);
}

function isAccepted(text: string): boolean {
  try {
    readBody(text.toLowerCase().split(' '));
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function* candidates(words: readonly string[], fault: Fault): Generator<string> {
  if (fault.suggestion !== null) yield fault.suggestion;
  const spelt = words.map(spell).join(' ');
  const rewritten = rewrite(spelt);
  const prefixed = ['every', 'in', 'at'].map((first) => `${first} ${rewritten}`);
  const unitless = words.length > 1 ? [`${rewritten} minutes`] : [];
  for (const text of [spelt, rewritten, ...prefixed, ...unitless]) {
    yield text;
    const said = inOtherWords(text);
    if (said !== null) yield said;
  }
  const left = rewritten.split(' ');
  for (let dropped = 1; dropped < Math.min(left.length - 1, MAX_DROPPED); dropped++) {
    const text = left.slice(0, -dropped).join(' ');
    yield text;
    const said = inOtherWords(text);
    if (said !== null) yield said;
  }
}

function spell(word: string): string {
  if (KNOWN.has(word) || !/^[a-z]{2,}$/.test(word)) return word;
  return nearest(word, VOCABULARY) ?? word;
}

/** What a calendar text means, in our words where they can say it, or in those of `later`. */
function inOtherWords(text: string): string | null {
  try {
    const words = readWords(text.split(' '));
    return inOurWords(words) ?? textOfWords(words);
  } catch (error) {
    if (error instanceof Fault) return error.suggestion;
    throw error;
  }
}

function inOurWords({ parts, except }: Words): string | null {
  const [part, ...others] = parts;
  if (part === undefined || others.length > 0 || except !== null) return null;
  const { t = [], d = [], ...more } = part;
  const [time, ...otherTimes] = t;
  const further = otherTimes.length + Math.max(d.length - 1, 0) + Object.keys(more).length;
  if (time === undefined || further > 0) return null;
  const [day = 'day'] = d.map((weekday) => WEEKDAYS[(weekday + 5) % 7]);
  return `every ${day} at ${timeText(time)}`;
}

function exampleFor(first: string | undefined): string {
  switch (first) {
    case 'in':
      return 'in 10 minutes';
    case 'on':
    case 'of':
      return 'on the 1st day of the month at 09:00';
    case 'at':
      return 'every day at 10:30';
    default:
      return 'every 10 minutes';
  }
}

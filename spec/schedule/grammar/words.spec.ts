import later from '@breejs/later';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';
import { readCalendarText } from '../../../src/schedule/grammar/words.ts';
import type { Part, Words } from '../../../src/schedule/grammar/words-part.ts';
import { textOfWords } from '../../../src/schedule/grammar/words-text.ts';
import { refusalOf } from './refusal-of.ts';

const DAY_MS = 86_400_000;

function textOf(spec: string): string {
  const { recurrence } = parseSpec(spec);
  if (recurrence === 'now' || recurrence.kind !== 'words') throw new Error(`"${spec}" is no calendar text`);
  return recurrence.text;
}

describe('A calendar text', () => {
  it('is read in the words of later', () => {
    const texts: [spec: string, text: string][] = [
      ['at 5:00 pm on friday', 'at 17:00 on friday'],
      ['at 5:00 pm on friday and monday', 'at 17:00 on monday and friday'],
      ['AT 10:15 am  ON the last day of the month', 'at 10:15 on the last day of the month'],
      ['every weekday at 9:00 am', 'at 09:00 every weekday'],
      ['on the first day of the month', 'on the 1st day of the month'],
      ['every 15 mins', 'every 15 minutes'],
      [
        'every 3 months on the 1st day of the month at 06:00 am',
        'at 06:00 on the 1st day of the month of january and april and july and october',
      ],
      ['on the 15th through 17th day of the month', 'on the 15th and 16th and 17th day of the month'],
      ['at 10:30', 'at 10:30'],
      ['at 12:00 am', 'at 00:00'],
      ['at 10:30, 11:30 and 12:30 on saturday', 'at 10:30 and 11:30 and 12:30 on saturday'],
      ['every 20 mins after 9:00 am and before 5:00 pm', 'every 20 minutes after 09:00 before 17:00'],
      ['every 2 hours between 8 and 18 on monday', 'every 2 hours between 8 and 18 on monday'],
      ['on friday on the 2nd day instance at 9:00', 'at 09:00 on friday on the 2nd day instance'],
      ['at 9:00 on monday also at 10:00 on tuesday', 'at 09:00 on monday also at 10:00 on tuesday'],
      [
        'at 9:00 every weekday except on the 1st day of the month',
        'at 09:00 every weekday except on the 1st day of the month',
      ],
      ['at 9:00 of jan, mar in 2027', 'at 09:00 of january and march in 2027'],
    ];
    for (const [spec, text] of texts) expect(textOf(spec)).to.equal(text);
  });

  it('is refused where later would bend or lose some of it', () => {
    const faults: [spec: string, suggestion: string, ...words: string[]][] = [
      ['every 90 mins', 'every 90 minutes', '"every 90 mins" does not divide an hour'],
      ['every 45 secs', 'every 45 seconds', '"every 45 secs" does not divide a minute'],
      ['every 20 mins between 9 and 17', 'every 20 minutes after 9:00 before 17:00', '"between"'],
      ['on the 32nd day of the month', 'on the last day of the month', '"32"', '1 to 31'],
      ['at 25:00', 'every day at 10:30', '"25:00"'],
      ['in january', 'on the 1st day of the month of january', 'needs a day'],
      ['on friday through monday', 'on sunday and monday and friday and saturday', 'lost'],
      ['every 2 weeks on monday', 'every 2 weeks', '"on monday"'],
      ['at 9:00 and 9:30 pm', 'at 9:00 and 21:30', '"am" or "pm"'],
      ['every 2 hours after 9:30', 'every 2 hours', 'full hour'],
      ['at 9:00 every 15 mins', 'at 9:00', '"every 15 mins"'],
      ['every 20 mins every 2 hours', 'every 20 minutes', '"every 2 hours"'],
      ['at 9:00 on monday on friday', 'at 9:00 on monday', 'twice'],
      ['every 10 mins starting on the 15th minute', 'every 10 minutes', 'start before'],
      ['every 5 months on the 1st day of the month', 'every 10 minutes', '"every 5 months"'],
      ['on the 31st day of the month of february', 'on the last day of the month of february', 'never fires'],
      ['at 9:00 in 2012', 'at 9:00', 'never fires'],
      ['at 9:00 on monday except on monday', 'at 9:00 on monday', 'never fires'],
      ['at 9:00 except at 9:00', 'at 9:00', '"except" takes days'],
    ];
    for (const [spec, suggestion, ...words] of faults) {
      const fault = refusalOf(spec);
      for (const word of words) expect(fault.message, spec).to.contain(word);
      expect(fault.suggestion, spec).to.equal(suggestion);
      expect(() => parseSpec(suggestion), spec).not.to.throw();
    }
  });

  it('gives way to our own words', () => {
    for (const unit of ['seconds', 'minutes', 'hours']) {
      expect(parseSpec(`every 15 ${unit}`).recurrence).to.have.property('kind', 'elapsed');
      refusalOf(`every 15 ${unit.slice(0, -1)}`);
    }
  });

  it('fires exactly when one who tries each second of each day would have it fire', () => {
    let fired = 0;
    fc.assert(
      fc.property(anyWords, fc.integer({ min: 0, max: 1000 }), (words, day) => {
        const text = textOfWords(words);
        const wanted = tried(words, day, 6);
        if (!words.parts.every((part) => tried({ ...words, parts: [part] }, 0, 1).length > 0)) return;
        expect(readCalendarText(text.split(' ')).text).to.equal(text);
        const from = instant(day);
        const found = later
          .schedule(later.parse.text(text))
          .next(6, new Date(from), new Date(instant(day + 5000)));
        expect(Array.isArray(found) ? found.map(Number) : [], text).to.deep.equal(wanted);
        fired += wanted.length;
      }),
      { numRuns: 120 },
    );
    expect(fired).to.be.greaterThan(240);
  });
});

function some(min: number, max: number, most: number): fc.Arbitrary<number[]> {
  return fc
    .uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: most })
    .map((values) => values.sort((a, b) => a - b));
}

/** Every so many of `size`, from any of the first of them on. */
function repeated(size: number): fc.Arbitrary<number[]> {
  const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((step) => size % step === 0);
  return fc
    .constantFrom(...divisors)
    .chain((step) =>
      fc
        .integer({ min: 0, max: step - 1 })
        .map((first) => Array.from({ length: size / step }, (_, i) => first + i * step)),
    );
}

const last: fc.Arbitrary<number[]> = fc.constant([0]);
const days: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ d: some(1, 7, 3), M: some(1, 12, 3) }, { requiredKeys: ['d'] }),
  fc.record(
    { D: fc.oneof(some(1, 31, 3), last), d: some(1, 7, 3), M: some(1, 12, 3) },
    { requiredKeys: ['D'] },
  ),
  fc.record(
    { d: some(1, 7, 2), dc: fc.oneof(some(1, 5, 2), last), M: some(1, 12, 3) },
    { requiredKeys: ['d', 'dc'] },
  ),
  fc.record({ dy: fc.oneof(some(1, 366, 3), last) }),
  fc.record({ d: some(1, 7, 3), Y: some(2026, 2030, 2) }),
);
const window: fc.Arbitrary<Part> = fc.record(
  {
    t_a: fc.integer({ min: 1, max: 700 }).map((minute): [number] => [minute * 60]),
    t_b: fc.integer({ min: 701, max: 1439 }).map((minute): [number] => [minute * 60]),
  },
  { requiredKeys: [] },
);
const times: fc.Arbitrary<Part> = fc.oneof(
  fc.constant({}),
  some(0, 1439, 3).map((minutes) => ({ t: minutes.map((minute) => minute * 60) })),
  fc.tuple(repeated(60), window).map(([m, rest]) => ({ m, ...rest })),
  fc.tuple(repeated(24), window).map(([h, { t_a, ...rest }]) => ({
    h,
    ...(t_a && { t_a: [Math.floor(t_a[0] / 3600) * 3600] as [number] }),
    ...rest,
  })),
  fc.tuple(repeated(60), window).map(([s, rest]) => ({ s, ...rest })),
);
const part: fc.Arbitrary<Part> = fc.tuple(times, days).map(([time, day]) => ({ ...time, ...day }));
const anyWords: fc.Arbitrary<Words> = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 2 }),
  except: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, days),
});

function instant(day: number): number {
  return Date.UTC(2026, 0, 1) + day * DAY_MS;
}

/** The first fires within some years of a day, counted from the first of 2026. */
function tried({ parts, except }: Words, day: number, count: number): number[] {
  const fires: number[] = [];
  for (let i = day; i < day + 5000 && fires.length < count; i++) {
    if (except !== null && isOn(except, instant(i))) continue;
    const seconds = parts.filter((some) => isOn(some, instant(i))).flatMap(secondsOf);
    const sorted = [...new Set(seconds)].sort((a, b) => a - b);
    fires.push(...sorted.map((second) => instant(i) + second * 1000));
  }
  return fires.slice(0, count);
}

function secondsOf({ t, h, m, s, t_a, t_b }: Part): number[] {
  if (t) return t;
  const step = s ? 1 : m ? 60 : h ? 3600 : DAY_MS;
  const found: number[] = [];
  for (let second = 0; second < 86_400; second += step) {
    const isWanted =
      (s?.includes(second % 60) ?? true) &&
      (m?.includes(Math.floor(second / 60) % 60) ?? true) &&
      (h?.includes(Math.floor(second / 3600)) ?? true);
    if (isWanted && second >= (t_a?.[0] ?? 0) && second < (t_b?.[0] ?? 86_400)) found.push(second);
  }
  return found;
}

function isOn({ d, dc, D, dy, M, Y }: Part, at: number): boolean {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const isIn = (offset: number): boolean => new Date(at + offset * DAY_MS).getUTCMonth() + 1 === month;
  const dayOfYear = (at - Date.UTC(year - 1, 11, 31)) / DAY_MS;
  const isLast = (values: number[] | undefined, is: boolean): boolean => is && values?.[0] === 0;
  return (
    (d?.includes(date.getUTCDay() + 1) ?? true) &&
    (M?.includes(month) ?? true) &&
    (Y?.includes(year) ?? true) &&
    (D === undefined || D.includes(day) || isLast(D, !isIn(1))) &&
    (dc === undefined || dc.includes(Math.ceil(day / 7)) || isLast(dc, !isIn(7))) &&
    (dy === undefined || dy.includes(dayOfYear) || isLast(dy, month === 12 && day === 31))
  );
}

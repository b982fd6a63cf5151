import { expect } from 'chai';
import fc from 'fast-check';
import { parseJitter, readDuration } from '../../../src/schedule/grammar/duration-text.ts';
import { orRefuse } from '../../../src/schedule/grammar/fault.ts';
import { parseDates, parseMoment } from '../../../src/schedule/grammar/moment-text.ts';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';
import { parseZone } from '../../../src/schedule/grammar/zone-text.ts';
import { faultOf, refusalOf } from './refusal-of.ts';

const BODIES = [
  'every 10 minutes',
  'every day at 10:30',
  '0 9 * * mon-fri',
  'at 5:00 pm on friday',
  'at 9:00 every weekday except on the 1st day of the month',
  'at 2026-12-01 10:00',
  'in 10 minutes',
];
const SUFFIXES = {
  zone: ['in europe/zurich', 'Europe/Zurich'],
  from: ['from 2026-12-01', { date: '2026-12-01', time: null }],
  until: ['until 2026-12-24T10:00:00Z', { instant: Date.UTC(2026, 11, 24, 10) }],
  except: ['except 2026-12-25, 2026-12-24,2026-12-24', ['2026-12-24', '2026-12-25']],
  jitterMs: ['jitter 90 seconds', 90_000],
} as const;
const NONE = { zone: null, from: null, until: null, except: null, jitterMs: null };

describe('The suffixes of a spec', () => {
  it('stand behind any spec, any of them, in any order', () => {
    const names = Object.keys(SUFFIXES) as (keyof typeof SUFFIXES)[];
    fc.assert(
      fc.property(fc.constantFrom(...BODIES), fc.shuffledSubarray(names), (body, chosen) => {
        const { recurrence, suffixes } = parseSpec(
          [body, ...chosen.map((name) => SUFFIXES[name][0])].join('  '),
        );
        expect(recurrence).to.deep.equal(parseSpec(body).recurrence);
        expect(suffixes).to.deep.equal({
          ...NONE,
          ...Object.fromEntries(chosen.map((name) => [name, SUFFIXES[name][1]])),
        });
      }),
    );
  });

  it('are refused with the whole spec put right', () => {
    const faults: [spec: string, suggestion: string, ...words: string[]][] = [
      ['every day in Europe/Zurch', 'every day in Europe/Zurich', '"Europe/Zurch"'],
      ['every day in Europe/Zürich', 'every day in Europe/Zurich'],
      ['every day in zurich', 'every day in Europe/Zurich'],
      ['every day in new york', 'every day in America/New_York'],
      ['every day in Berlin time', 'every day in Europe/Berlin', '"Berlin time"'],
      ['every day in +02:00', 'every day in Etc/GMT-2', '"+02:00" is an offset'],
      ['every day in UTC-8', 'every day in Etc/GMT+8', '"UTC-8" is an offset'],
      ['every day in +05:30', 'every day in UTC', 'offset'],
      ['every day in Narnia', 'every day', '"Narnia"', '"Europe/Zurich"'],
      ['every day in Europe/Zurich at 10:00', 'every day at 10:00 in Europe/Zurich'],
      [
        'every 10 mintues in Europe/Zurch jitter 5',
        'every 10 minutes in Europe/Zurich jitter 5s',
        '"mintues"',
      ],
      ['every day until 2026-01-01 from 2026-02-01', 'every day from 2026-02-01', '"until" is before "from"'],
      ['every day until 1.1.2027', 'every day until 2027-01-01', '"1.1.2027"'],
      ['every day until tomorrow', 'every day', '"tomorrow" is not a date'],
      ['every day except 2026-02-30', 'every day except 2026-02-28', 'no calendar'],
      [
        'every day except 2026-12-24 and 2026-12-25',
        'every day except 2026-12-24, 2026-12-25',
        'is not a date',
      ],
      ['every day except 2026-12-24, 2026-12-25,', 'every day except 2026-12-24, 2026-12-25', '""'],
      ['every day except 24.12.2026 2026-12-25', 'every day except 2026-12-24, 2026-12-25', 'is not a date'],
      ['every day except 2026-12-24 10:00', 'every day except 2026-12-24', 'not a day'],
      ['every day jitter 0s', 'every day jitter 1s', '"0s"'],
      ['every day jitter 2 days', 'every day jitter 1 day', 'longer than a day'],
      ['every day jitter 90s jitter 5m', 'every day jitter 90s', 'second "jitter"'],
      ['now jitter 5m', 'now', '"now" is one job at once'],
    ];
    for (const [spec, suggestion, ...words] of faults) {
      const fault = refusalOf(spec);
      for (const word of words) expect(fault.message, spec).to.contain(word);
      expect(fault.suggestion, spec).to.equal(suggestion);
      expect(() => parseSpec(suggestion), spec).not.to.throw();
    }
  });

  it('may end on the day on which they begin', () => {
    expect(() => parseSpec('every hour from 2026-12-01 until 2026-12-01')).not.to.throw();
    refusalOf('every hour from 2026-12-01 10:00 until 2026-12-01 09:59');
  });
});

describe('A zone', () => {
  it('is named as the tz database spells it', () => {
    for (const zone of ['Europe/Zurich', 'UTC', 'America/Port-au-Prince', 'Asia/Kolkata', 'Etc/GMT+2']) {
      expect(parseZone(` ${zone.toLowerCase()} `)).to.equal(zone);
    }
  });

  it('that is none is refused with the nearest', () => {
    const fault = faultOf(() => parseZone('Europe/Berlni'), 'Europe/Berlni');
    expect(fault.message).to.equal('"Europe/Berlni" is not the name of a time zone. Try "Europe/Berlin".');
    expect(fault.suggestion).to.equal('Europe/Berlin');
    for (const text of ['', '+02:00', 'Z', 'x'.repeat(500), 'Europe/Zurich\0'])
      faultOf(() => parseZone(text), text);
  });
});

describe('A length of time', () => {
  it('is a whole number and a unit', () => {
    const lengths = {
      '90s': 90_000,
      '5m': 300_000,
      '2 Hours': 7_200_000,
      '1 day': 86_400_000,
      '90  seconds': 90_000,
    };
    for (const [text, ms] of Object.entries(lengths)) expect(readDuration(text)).to.equal(ms);
  });

  it('is refused with the nearest that would do', () => {
    const faults = {
      '': '90s',
      '90': '90s',
      '1.5 hours': '5400s',
      '5 minuts': '5 minute',
      '0s': '1s',
      '-5s': '90s',
    };
    for (const [text, near] of Object.entries(faults)) {
      expect(faultOf(() => orRefuse(() => readDuration(text)), text).suggestion, text).to.equal(near);
      expect(readDuration(near)).to.be.greaterThan(0);
    }
    faultOf(() => orRefuse(() => readDuration('99999999999 days')), 'too long');
  });

  it('of jitter is a day at most', () => {
    expect(parseJitter('24h')).to.equal(86_400_000);
    expect(faultOf(() => parseJitter('25h'), '25h').message).to.contain('"25h"');
  });
});

describe('Dates', () => {
  it('are real ones', () => {
    expect(parseMoment('2028-02-29')).to.deep.equal({ date: '2028-02-29', time: null });
    for (const text of ['2026-02-29', '2026-00-10', '24.12.2026', '2026-12-24 25:00', '2026-12', 'monday']) {
      faultOf(() => parseMoment(text), text);
    }
  });

  it('are sorted, each of them once', () => {
    expect(parseDates('2026-12-25,2026-12-24 , 2026-12-25')).to.deep.equal(['2026-12-24', '2026-12-25']);
    for (const text of ['', '2026-12-24,', '2026-12-24 2026-12-25']) faultOf(() => parseDates(text), text);
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../../src/errors.ts';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';
import { refusalOf } from './refusal-of.ts';

const VALID = [
  'every 10 minutes',
  'every 2 to 3 hours',
  'every monday at 9:00',
  'every hour at 00:15',
  '*/15 9-17 * * mon-fri',
  '@daily',
  'at 5:00 pm on friday and monday',
  'on the last day of the month at 10:15 am',
  'every 20 minutes after 9:00 before 17:00 every weekday',
  'at 2026-12-01 10:00',
  'in 10 minutes',
  'every day at 10:30 in Europe/Zurich from 2026-12-01 until 2026-12-24 except 2026-12-06 jitter 90s',
];

describe('What is suggested for a refused spec', () => {
  it('is what was most likely meant', () => {
    const meant = {
      'every 10 mintues': 'every 10 minutes',
      'every 1.5 hours': 'every 90 minutes',
      'every 0 minutes': 'every 1 minute',
      'every -5 minutes': 'every 5 minutes',
      'every 5 to 3 minutes': 'every 3 to 5 minutes',
      'every 2 hour': 'every 2 hours',
      'every two hours': 'every 2 hours',
      'every half hour': 'every 30 minutes',
      'every other day': 'every 2 days',
      'every second day': 'every 2 days',
      'every 15m': 'every 15 minutes',
      'every 15 minutes;': 'every 15 minutes',
      'every 2 mondays': 'every monday',
      'every mondya at 9:00': 'every monday at 9:00',
      'every monday at 9am': 'every monday at 09:00',
      'every monday at 9:00 am': 'every monday at 09:00',
      'every monday and friday at 9:00': 'at 09:00 on monday and friday',
      'mon-fri at 9:00': 'at 09:00 every weekday',
      'on weekdays at 9:00': 'at 09:00 every weekday',
      'every 5 minutes on weekdays': 'every 5 minutes every weekday',
      'on the last friday of the month at 9:00': 'at 09:00 on friday on the last day instance',
      'every day at 9:00 and 17:00': 'at 09:00 and 17:00',
      'each day at 9': 'every day at 09:00',
      'every day at 24:00': 'every day at 00:00',
      'every day at noon': 'every day at 12:00',
      'every day at 1030': 'every day at 10:30',
      'every hour at 15:00': 'every hour at 00:15',
      'every 24 hours at 10:30': 'every day at 10:30',
      'every week at 10:30': 'every 7 days at 10:30',
      'every minute at 0:30': 'every minute',
      'every monday days': 'every monday',
      'every 10 to 20': 'every 10 to 20 minutes',
      '10 minutes': 'every 10 minutes',
      '@10:00': 'at 10:00',
      'every 2-3 hours': 'every 2 to 3 hours',
      'every 1 hour 30 minutes': 'every 90 minutes',
      'in 1h30m': 'in 90 minutes',
      'every hour and a half': 'every 90 minutes',
      'every fortnight': 'every 2 weeks',
      'every week on monday at 9:00': 'every monday at 9:00',
      'every hour on monday': 'every 1 hour on monday',
      'every night at 2': 'every day at 02:00',
      'every month on the 15th at 9:00': 'on the 15th day of the month at 9:00',
      'every day at 10.30': 'every day at 10:30',
      'every day at １０：３０': 'every day at 10:30',
      'every day 10:30': 'every day at 10:30',
      'run every day at 10:30': 'every day at 10:30',
      'every 20 minutes between 8 and 18': 'every 20 minutes after 8:00 before 18:00',
      'every 15 minutes from 9am to 5pm': 'every 15 minutes after 09:00 before 17:00',
      'every 2 hours from 8:00 to 18:00': 'every 2 hours between 8 and 18',
      '@every 5m': 'every 5 minutes',
      '"0 9 * * *"': '0 9 * * *',
      '0 0 12 1/1 * ? *': '0 0 12 1-31/1 * ?',
      '60 24 * * *': '0 0 * * *',
      daily: 'every day',
      hourly: 'every hour',
      monthly: 'on the 1st day of the month',
    };
    for (const [spec, suggestion] of Object.entries(meant)) {
      expect(refusalOf(spec).suggestion, spec).to.equal(suggestion);
      expect(() => parseSpec(suggestion), suggestion).not.to.throw();
    }
  });

  it('keeps the zone of those who put it elsewhere', () => {
    const meant = {
      'CRON_TZ=Europe/Berlin 0 9 * * *': '0 9 * * * in Europe/Berlin',
      '0 9 * * 1-5 Europe/Berlin': '0 9 * * 1-5 in Europe/Berlin',
      'every day at 10:30 (Europe/Zurich)': 'every day at 10:30 in Europe/Zurich',
      'every day at 10:30 UTC jitter 5m': 'every day at 10:30 jitter 5m in UTC',
      'every day in Europe/Zurch at 10:30': 'every day at 10:30 in Europe/Zurich',
    };
    for (const [spec, suggestion] of Object.entries(meant))
      expect(refusalOf(spec).suggestion, spec).to.equal(suggestion);
  });

  it('keeps the date and the half of the day of one fire', () => {
    const meant = {
      'at 10:00 on 2026-12-01': 'at 2026-12-01 10:00',
      'on 2026-12-01 at 10:00': 'at 2026-12-01 10:00',
      'once at 2026-12-01 10:00': 'at 2026-12-01 10:00',
      'at 2026-12-01 5pm': 'at 2026-12-01 17:00',
      'at 2026-12-01 10:00 pm': 'at 2026-12-01 22:00',
      'on 01.12.2026 at 12:30 AM': 'at 2026-12-01 00:30',
      '2026-12-01T10:00:00Z': 'at 2026-12-01T10:00:00Z',
    };
    for (const [spec, suggestion] of Object.entries(meant))
      expect(refusalOf(spec).suggestion, spec).to.equal(suggestion);
  });

  it('goes with the fault quoted as it was typed', () => {
    expect(refusalOf('Every  day\tat 5:00  PM').message).to.contain('"PM" is not understood');
    expect(refusalOf('0 9 * January *').message).to.contain('has "January"');
  });

  it('is an example where nothing is near', () => {
    for (const spec of ['', 'foo bar', 'twice', 'ÿ'])
      expect(refusalOf(spec).suggestion).to.equal('every 10 minutes');
  });

  it('is accepted, for each refused vector', () => {
    const path = new URL('../../fixtures/scheduling-vectors.json', import.meta.url);
    const { starts } = JSON.parse(readFileSync(path, 'utf8')) as {
      starts: Record<string, { spec: string; error?: true }[]>;
    };
    const refused = Object.values(starts).flatMap((vectors) => vectors.filter(({ error }) => error));
    expect(refused).not.to.have.length(0);
    for (const { spec } of refused)
      expect(() => parseSpec(refusalOf(spec).suggestion ?? ''), spec).not.to.throw();
  });

  it('is accepted, also where several things are wrong', () => {
    for (const [spec, wanted] of Object.entries({
      'every day from 2027-01-01 until 2026-01-01 until 2026-02-01': 'every day from 2027-01-01',
      '* , * * *': '* 0 * * *',
      '"" 5 * * *': '0 5 * * *',
      'every day jitter 99999999999x': 'every day jitter 1 day',
      'every 10 minutes except 24.12.2026 10:00': 'every 10 minutes except 2026-12-24',
    })) {
      const { suggestion } = refusalOf(spec);
      expect(suggestion).to.equal(wanted);
      expect(() => parseSpec(suggestion ?? ''), spec).not.to.throw();
    }
  });

  it('is accepted, whatever slip of the pen there was', () => {
    const letter = fc.constantFrom(...'aemnrst019:/*- ,@'.split(''));
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...VALID),
        fc.nat(100),
        letter,
        fc.constantFrom('add', 'drop', 'change'),
        (valid, at, by, how) => {
          const i = at % valid.length;
          const text =
            valid.slice(0, i) + (how === 'drop' ? '' : by) + valid.slice(how === 'add' ? i : i + 1);
          try {
            parseSpec(text);
          } catch (error) {
            refused++;
            expect(error).to.be.instanceOf(UserError);
            const { suggestion, message } = error as UserError;
            expect(message).to.contain(` Try ${JSON.stringify(suggestion)}.`);
            expect(() => parseSpec(suggestion ?? ''), `${text} → ${suggestion}`).not.to.throw();
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(refused).to.be.greaterThan(150);
  });

  it('takes no time to speak of for hostile texts', () => {
    const texts = [
      'every ',
      '1 ',
      '* ',
      'at 9:00 and ',
      'on the 1st and ',
      'in a ',
      'every 1 ',
      '1-',
      'mon,',
      'x',
      '@',
      'except 2',
      'from ',
    ];
    const started = performance.now();
    for (const text of texts) {
      for (const prefix of ['', 'every ', 'at ', 'on the ', '* * * * ']) {
        try {
          parseSpec((prefix + text.repeat(1000)).slice(0, 1000));
        } catch (error) {
          expect(error).to.be.instanceOf(UserError);
        }
      }
    }
    expect(performance.now() - started).to.be.lessThan(texts.length * 5 * 60);
  });
});

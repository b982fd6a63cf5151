import { expect } from 'chai';
import fc from 'fast-check';
import { planOf } from '../../../src/schedule/plan/plan.ts';
import { NO_RULES } from '../../../src/schedule/schedule.ts';
import { meaningOf } from '../../../src/schedule/meaning/meaning.ts';

function meaning(when: string): string {
  const plan = planOf({ when, rules: NO_RULES }, 'UTC');
  if (plan === 'now') throw new Error(`"${when}" has no plan`);
  return meaningOf(plan);
}

const MEANINGS: Record<string, string> = {
  'every minute': 'every minute',
  'every 90 minutes': 'every 90 minutes',
  'every 2 to 3 hours': 'every 2 to 3 hours, drawn anew each time',
  'every hour at 00:15': 'every hour at 15 minutes past the hour',
  'every day at 10:30': 'at 10:30 every day',
  'every 3 days at 10:30': 'every 3 days at 10:30',
  'every week': 'every week at the time of day of the request',
  'every friday at 9:05': 'every Friday at 09:05',
  '30 10 * * *': 'at 10:30 every day',
  '0 9 * * 1-5': 'at 09:00 on Monday through Friday',
  '0 9 * * sat-sun': 'at 09:00 on Saturday and Sunday',
  '0 0 1 * 1': 'at 00:00 on the 1st day of the month or on Monday',
  '0 0 1,L * *': 'at 00:00 on the 1st and last day of the month',
  '0 0 15W * *': 'at 00:00 on the weekday nearest to the 15th',
  '0 0 LW * *': 'at 00:00 on the last weekday of the month',
  '0 0 * * FRI#2': 'at 00:00 on the 2nd Friday of the month',
  '0 0 * * MON#L': 'at 00:00 on the last Monday of the month',
  '0 0 * 1,3 *': 'at 00:00 every day in January and March',
  '*/15 9-17 * * MON-FRI': 'every 15 minutes, between 09:00 and 17:59, on Monday through Friday',
  '*/15 * * * *': 'every 15 minutes from the full hour on',
  '*/15 */6 * * *':
    'every 15 minutes from the full hour on, in the hours that begin at 00:00, 06:00, 12:00 and 18:00',
  '5,10 3-5,8 * * *':
    'at 5 and 10 minutes past the hour, in the hours that begin at 03:00 through 05:00 and 08:00',
  '0,30 2 * * *': 'at 02:00 and 02:30 every day',
  '30 */6 * * *': 'at 00:30, 06:30, 12:30 and 18:30 every day',
  '30 9-17 * * *': 'at 30 minutes past the hour, between 09:00 and 17:59',
  '*/25 * * * *': 'at 0, 25, and 50 minutes past the hour',
  '@hourly': 'every full hour',
  '@yearly': 'at 00:00 on the 1st day of the month in January',
  'at 5:00 pm on friday and monday': 'at 17:00 on Monday and Friday',
  'on the last day of the month at 10:15 am': 'at 10:15 on the last day of the month',
  'every 15 mins': 'every 15 minutes from the full hour on',
  'every 20 mins after 9:00 before 17:00 every weekday':
    'every 20 minutes from the full hour on, from 09:00 until just before 17:00, on Monday through Friday',
  'every 6 hours between 8 and 20 on monday': 'at 08:00, 14:00 and 20:00 on Monday',
  'on friday on the 2nd day instance at 9:00': 'at 09:00 on the 2nd Friday of the month',
  'on friday on the 13th day of the month': 'at 00:00 on Friday when that is on the 13th day of the month',
  'at 9:00 on monday also at 10:00 on tuesday': 'at 09:00 on Monday, and also at 10:00 on Tuesday',
  'at 9:00 except on monday': 'at 09:00 every day, but not on Monday',
  'at 9:00 of may in 2027': 'at 09:00 every day in May in 2027',
  'at 2026-12-01 10:00': 'once, on 1 December 2026 at 10:00',
  'in 10 minutes': 'once, 10 minutes after the request',
};

describe('The meaning of a plan', () => {
  it('is said in plain English', () => {
    for (const [spec, wanted] of Object.entries(MEANINGS)) {
      expect(meaning(spec).replace(/, in UTC time$/, ''), spec).to.equal(wanted);
    }
  });

  it('names the zone where its clocks matter', () => {
    expect(meaning('every day at 10:30 in asia/tokyo')).to.equal('at 10:30 every day, in Asia/Tokyo time');
    expect(meaning('every 10 minutes in asia/tokyo')).to.equal('every 10 minutes');
    expect(meaning('at 2026-12-01T10:00Z in asia/tokyo')).to.equal(
      'once, on 1 December 2026 at 19:00, in Asia/Tokyo time',
    );
  });

  it('tells the rules beside the spec', () => {
    expect(
      meaning('every day at 10:30 from 2026-12-01 until 2026-12-24 except 2026-12-06, 2026-12-13 jitter 90s'),
    ).to.equal(
      'at 10:30 every day, in UTC time, from 1 December 2026, until the end of 24 December 2026, ' +
        'except on 6 December 2026 and 13 December 2026, each up to 90 seconds later at random',
    );
    expect(meaning('every day from 2026-12-01 09:00:30')).to.equal(
      'at 09:00:30 every day, in UTC time, from 1 December 2026 at 09:00:30',
    );
    expect(meaning('every hour until 2027-01-01 12:30')).to.equal(
      'every hour, in UTC time, until 1 January 2027 at 12:30',
    );
  });

  it('is never empty or nonsense', () => {
    const field = (max: number): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constantFrom('*', '?', `*/${max}`, '*/2', '*/7', '1-5', '2-6/3'),
        fc.integer({ min: 1, max }).map(String),
        fc.array(fc.integer({ min: 1, max }), { minLength: 2, maxLength: 4 }).map((values) => values.join()),
      );
    const monthDay = fc.oneof(field(28), fc.constantFrom('L', 'LW', '15W', '1,L', '3W,9'));
    const weekday = fc.oneof(
      field(6),
      fc.constantFrom('MON-FRI', 'SAT-SUN', '5L', 'FRI#2', 'MON#L,TUE', '0,7', '5-7'),
    );
    const cron = fc
      .tuple(field(59), field(23), monthDay, field(12), weekday)
      .map((fields) => fields.join(' '));
    fc.assert(
      fc.property(fc.oneof(cron, fc.constantFrom(...Object.keys(MEANINGS))), (spec) => {
        const said = meaning(spec);
        expect(said).to.match(/^[a-z][\w /,:]{7,}$/);
        expect(said).not.to.match(/undefined|nan\b|null|infinity| ,|,,| {2}/i);
      }),
      { numRuns: 400 },
    );
  });
});

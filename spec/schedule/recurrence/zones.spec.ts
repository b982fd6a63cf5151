import { expect } from 'chai';
import { Cron } from 'croner';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { backwardsOf } from '../../../src/schedule/recurrence/next-fire.ts';
import type { Recurrence } from '../../../src/schedule/recurrence/recurrence.ts';
import { iso, planFor, plannedFires } from './plans.ts';
import { printSeed, runs } from './seed.ts';
import { DAY_MS, firstShown, wallAt } from './wall-oracle.ts';
import { ZONES } from './zones.ts';

const HOUR_MS = 3_600_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function cron(pattern: string): Recurrence {
  return { kind: 'cron', pattern };
}

function words(text: string): Recurrence {
  return { kind: 'words', text };
}

/** The first instant of a year in a zone, and that of the next year. */
function yearIn(zone: string, year: number): [begin: number, end: number] {
  return [firstShown(Date.UTC(year, 0), zone), firstShown(Date.UTC(year + 1, 0), zone)];
}

/** The fires within a year, when it was requested right before. */
function firesOfYear(when: string | Recurrence, zone: string, year: number): number[] {
  const [begin, end] = yearIn(zone, year);
  return plannedFires(planFor(when, zone, { untilAt: end - 1 }), begin - 1, Infinity);
}

function cronerFires(pattern: string, zone: string, after: number, count: number): number[] {
  const options = { paused: true, timezone: zone, fixedTimeRule: 'no-wildcard' } as const;
  const runs = new Cron(pattern, options).nextRuns(count, new Date(after));
  return runs.map((date) => date.getTime());
}

/** A zone and an instant near one of its changes. */
const places = fc.constantFrom(...ZONES).chain(({ zone, days }) =>
  fc.record({
    zone: fc.constant(zone),
    at: fc
      .record({ day: fc.constantFrom(...days), offset: fc.integer({ min: -4 * DAY_MS, max: 2 * DAY_MS }) })
      .map(({ day, offset }) => Date.parse(day) + offset),
  }),
);

/** Most of them in the hours in which clocks change. */
const times = fc.record({
  hour: fc.oneof(fc.constantFrom(0, 1, 2, 3, 23), fc.nat(23)),
  minute: fc.oneof(fc.constantFrom(0, 30), fc.nat(59)),
});

function hhmm(hour: number, minute: number): string {
  return [hour, minute].map((n) => String(n).padStart(2, '0')).join(':');
}

/** Where a whole day is missing from the calendar, ours fires once for it right after, and croner does not. */
function isOfMissingDay(at: number, zone: string): boolean {
  return zone === 'Pacific/Apia' && at === Date.parse('2011-12-31T00:00:00+14:00');
}

describe('In twelve time zones', () => {
  before(() => {
    printSeed('the time zones');
  });

  const specs = fc.oneof(
    fc.constantFrom<string | Recurrence>(
      'every 1 to 3 hours',
      'every 90 minutes',
      'every week',
      'every 1 to 2 days at 02:30',
      cron('*/7 * * * *'),
      cron('30 1-3 * * *'),
      cron('59 59 23 L * *'),
      cron('0 0 13 * 5'),
      cron('0 12 * * 1#2'),
      words('every 15 mins'),
      words('every 2 hours except on sunday'),
      words('on monday also at 02:30'),
      words('at 02:30 am also at 11:30 pm'),
      words('on the last day of the month at 10:15 am'),
      words('every weekday at 9:00 am'),
    ),
    times.map(({ hour, minute }) => `every day at ${hhmm(hour, minute)}`),
    times.map(({ hour, minute }) => cron(`${minute} ${hour} * * *`)),
    times.map(({ hour, minute }) => words(`at ${hhmm(hour, minute)}`)),
  );

  it('the next fire is always later than the last', () => {
    fc.assert(
      fc.property(places, specs, ({ zone, at }, when) => {
        let last = at;
        for (const fire of plannedFires(planFor(when, zone), at, 8)) {
          expect(fire, JSON.stringify(when)).to.be.greaterThan(last);
          last = fire;
        }
      }),
      runs(200),
    );
  });

  for (const { zone, year } of ZONES) {
    it(`${zone} has the right number of fires in ${year}`, () => {
      const [begin, end] = yearIn(zone, year);
      // Counted on the clocks: Apia's 30 December 2011 is on no calendar.
      const days = new Set<number>();
      for (let at = begin; at < end; at += HOUR_MS) days.add(Math.floor(wallAt(at, zone) / DAY_MS));
      const inMonths = (wanted: (day: Date) => boolean): number =>
        [...days].filter((day) => wanted(new Date(day * DAY_MS))).length;
      const counted = (when: string | Recurrence): number => firesOfYear(when, zone, year).length;

      expect(days.size).to.equal(zone === 'Pacific/Apia' ? 364 : year % 4 === 0 ? 366 : 365);
      expect(counted('every day at 00:00'), 'each midnight').to.equal(days.size);
      expect(counted(cron('30 2 * * *')), 'cron').to.equal(days.size);
      expect(counted('every hour at 00:00')).to.equal(Math.ceil((end - begin) / HOUR_MS));
      expect(counted('every 90 minutes')).to.equal(Math.floor((end - begin) / (90 * 60_000)));
      expect(counted(cron('0 0 1 * *'))).to.equal(12);
      expect(counted(words('on the first day of the month at 12:00'))).to.equal(12);
      for (const [number, name] of WEEKDAYS.entries()) {
        const inYear = inMonths((day) => day.getUTCDay() === number);
        const made = counted(`every ${name} at 12:00`);
        // The missing day was a Friday; as any time that the clocks skip, it fires right after.
        const missing = zone === 'Pacific/Apia' && name === 'friday' ? 1 : 0;
        expect(made, name).to.equal(inYear + missing);
      }
    });
  }

  it('days and weekdays are as croner has them, through every change of clocks', () => {
    fc.assert(
      fc.property(places, times, fc.option(fc.nat(6)), ({ zone, at }, { hour, minute }, weekday) => {
        const every = weekday === null ? 'day' : WEEKDAYS[weekday]!;
        const ours = plannedFires(planFor(`every ${every} at ${hhmm(hour, minute)}`, zone), at, 6);
        const theirs = cronerFires(`${minute} ${hour} * * ${weekday ?? '*'}`, zone, at, 6);
        const common = ours.filter((fire) => !isOfMissingDay(fire, zone) || theirs.includes(fire));
        expect(iso(common)).to.deep.equal(iso(theirs.slice(0, common.length)));
      }),
      runs(150),
    );
  });

  it('hours are as croner has them, except where clocks change by half an hour', () => {
    const others = places.filter(({ zone }) => zone !== 'Australia/Lord_Howe');
    fc.assert(
      fc.property(others, fc.nat(59), ({ zone, at }, minute) => {
        const ours = plannedFires(planFor(`every hour at ${hhmm(0, minute)}`, zone), at, 100);
        expect(iso(ours)).to.deep.equal(iso(cronerFires(`${minute} * * * *`, zone, at, 100)));
      }),
      runs(10),
    );
    const zone = 'Australia/Lord_Howe';
    const at = Date.parse('2026-04-05T00:00:00+11:00');
    const local = (instants: number[]): string[] =>
      instants.map((fire) => new Date(wallAt(fire, zone)).toISOString().slice(11, 16));
    // Ours go on an hour after the other, croner goes by the minute that the clocks show.
    expect(local(plannedFires(planFor('every hour at 00:45', zone), at, 4))).to.deep.equal([
      '00:45',
      '01:45',
      '02:15',
      '03:15',
    ]);
    expect(local(cronerFires('45 * * * *', zone, at, 4))).to.deep.equal(['00:45', '01:45', '01:45', '02:45']);
  });

  it('each hour of a list fires once a day under cron, as if each had a pattern of its own', () => {
    const zone = 'Europe/Berlin';
    for (const day of ['2026-03-29', '2026-10-25']) {
      const after = Date.parse(`${day}T00:00:00+01:00`);
      const both = plannedFires(planFor(cron('30 2,14 * * *'), zone), after, 6);
      const each = ['30 2 * * *', '30 14 * * *'].flatMap((pattern) =>
        plannedFires(planFor(cron(pattern), zone), after, 3),
      );
      expect(iso(both)).to.deep.equal(iso(each.sort((a, b) => a - b)));
    }
  });

  it('cron is as croner has it', () => {
    const patterns = fc.constantFrom(
      '*/20 * * * *',
      '15 */2 * * *',
      '30 1-3 * * *',
      '0 30 2 * * *',
      '0 0 1 * 1',
      '0 0 L * *',
      '0 12 * * 5#3',
      '@daily',
      '5 0 * * sun,tue',
    );
    fc.assert(
      fc.property(places, patterns, ({ zone, at }, pattern) => {
        const ours = plannedFires(planFor(cron(pattern), zone), at, 12);
        expect(iso(ours)).to.deep.equal(iso(cronerFires(pattern, zone, at, 12)));
      }),
      runs(60),
    );
  });

  it('calendar words are as croner has them where cron can say the same at one time of day', () => {
    const same = fc.oneof(
      fc.constantFrom<[text: string, pattern: string]>(
        ['at 5:00 pm on friday', '0 17 * * 5'],
        ['on the last day of the month at 10:15 am', '15 10 L * *'],
        ['every weekday at 9:00 am', '0 9 * * 1-5'],
        ['on monday', '0 0 * * 1'],
        ['at 10:15 on the 29th day of february', '15 10 29 2 *'],
        ['at 06:00 on the 1st day of the month', '0 6 1 * *'],
      ),
      times.map(({ hour, minute }): [string, string] => [
        `at ${hhmm(hour, minute)}`,
        `${minute} ${hour} * * *`,
      ]),
    );
    fc.assert(
      fc.property(places, same, ({ zone, at }, [text, pattern]) => {
        const ours = plannedFires(planFor(words(text), zone), at, 6);
        const theirs = cronerFires(pattern, zone, at, 6);
        const common = ours.filter((fire) => !isOfMissingDay(fire, zone) || theirs.includes(fire));
        expect(iso(common), text).to.deep.equal(iso(theirs.slice(0, common.length)));
      }),
      runs(150),
    );
  });

  it('calendar words of several times fire once for what comes twice, and once for all that is skipped', () => {
    const berlin = (date: string, count: number): string[] =>
      iso(plannedFires(planFor(words('every 15 mins'), 'Europe/Berlin'), Date.parse(date) - 1, count)).map(
        (fire) => fire.slice(11, 16),
      );
    expect(berlin('2026-03-29T01:45:00+01:00', 3)).to.deep.equal(['00:45', '01:00', '01:15']);
    expect(berlin('2026-10-25T02:45:00+02:00', 3)).to.deep.equal(['00:45', '02:00', '02:15']);
    // Also when it is requested while they come for the second time.
    expect(berlin('2026-10-25T02:20:30+01:00', 1)).to.deep.equal(['02:00']);
    expect(berlin('2026-10-25T02:00:00.001+01:00', 1)).to.deep.equal(['02:00']);
  });

  it('calendar words of a day that never comes have no fire', () => {
    const never = words('at 10:00 on the 30th day of the month of february');
    expect(plannedFires(planFor(never, 'UTC'), Date.parse('2026-01-01'), 1)).to.be.empty;
  });

  it('calendar words fire from the first second of 1970 on', () => {
    const first = plannedFires(planFor(words('at 10:00 on monday'), 'UTC'), 0, 1);
    expect(first).to.deep.equal([Date.parse('1970-01-05T10:00Z')]);
  });

  it('calendar words look back on nothing that is to come, also in a leap year that is left out', () => {
    const recurrence = words('at 10:00 on the 31st day of the month');
    const origin = { anchorAt: 0, plannedAt: 0, fromAt: null, zone: 'UTC' };
    const [last = 0] = backwardsOf(recurrence, origin, Date.parse('2100-03-02'));
    expect(last).to.be.lessThan(Date.parse('2100-03-02'));
  });

  it('the daemon that runs in another zone makes no difference', () => {
    const zone = 'Europe/Berlin';
    const noon = Temporal.PlainDateTime.from('2026-03-28T12:00').toZonedDateTime(zone).epochMilliseconds;
    for (const when of ['every day at 02:30', cron('30 2 * * *'), words('at 02:30')]) {
      expect(iso(plannedFires(planFor(when, zone), noon, 2))).to.deep.equal([
        '2026-03-29T01:00:00.000Z',
        '2026-03-30T00:30:00.000Z',
      ]);
    }
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { firstFire, nextFire, pullIn } from '../../../src/schedule/plan/planned-fires.ts';
import { iso, planFor, plannedFires } from './plans.ts';
import { DAY_MS, firstShown, wallAt } from './wall-oracle.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Zones, each with days near which its clocks change. */
const ZONES: [zone: string, ...days: string[]][] = [
  ['UTC', '2026-03-29'],
  ['Europe/Berlin', '2026-03-29', '2026-10-25'],
  ['America/New_York', '2026-03-08', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-04-05', '2026-10-04'],
  // Gaps that begin at midnight, or end there.
  ['America/Santiago', '2026-04-05', '2026-09-06'],
  ['Asia/Beirut', '2026-03-29', '2026-10-25'],
  ['America/Nuuk', '2026-03-28', '2026-10-24'],
  // Has had no 30 December 2011.
  ['Pacific/Apia', '2011-12-30', '2012-04-01'],
  ['Pacific/Chatham', '2026-04-05', '2026-09-27'],
  ['Asia/Kathmandu', '2026-03-29'],
];

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function fires(spec: string, anchorAt: number, zone: string, count: number, random = Math.random): number[] {
  return plannedFires(planFor(spec, zone), anchorAt, count, random);
}

/** The fire after `after`, as `nextFire` plans it. */
function next(
  spec: string,
  zone: string,
  asked: { anchorAt: number; plannedAt: number; after: number; random: () => number },
): number {
  return nextFire(planFor(spec, zone), asked)!.plannedAt;
}

/** A zone and an instant near one of its changes, often on a round minute. */
const places = fc.constantFrom(...ZONES).chain(([zone, ...days]) =>
  fc.record({
    zone: fc.constant(zone),
    anchorAt: fc
      .record({
        day: fc.constantFrom(...days),
        offset: fc.integer({ min: -6 * DAY_MS, max: 2 * DAY_MS }),
        round: fc.constantFrom(1, MINUTE_MS, 30 * MINUTE_MS),
      })
      .map(({ day, offset, round }) => Math.floor((Date.parse(day) + offset) / round) * round),
  }),
);

/** Most of them in the hours in which clocks change. */
const times = fc
  .record({
    hour: fc.oneof(fc.constantFrom(0, 1, 2, 3, 23), fc.nat(23)),
    minute: fc.oneof(fc.constantFrom(0, 30), fc.nat(59)),
  })
  .map(({ hour, minute }) => ({
    text: ` at ${hour}:${String(minute).padStart(2, '0')}`,
    ms: hour * HOUR_MS + minute * MINUTE_MS,
  }));

const calendarSpecs = fc.record({
  every: fc.oneof(
    fc.constantFrom(...WEEKDAYS).map((name) => ({ text: name, weekday: name, days: 7 })),
    fc.integer({ min: 1, max: 4 }).map((days) => ({ text: `${days} days`, weekday: null, days })),
    fc
      .integer({ min: 1, max: 2 })
      .map((weeks) => ({ text: `${weeks} weeks`, weekday: null, days: 7 * weeks })),
  ),
  at: fc.option(times),
});

/** The fires that the wanted days and the oracle give. */
function wantedFires(
  every: { text: string; weekday: string | null; days: number },
  at: number | null,
  { anchorAt, zone }: { anchorAt: number; zone: string },
  count: number,
): number[] {
  const wall = wallAt(anchorAt, zone);
  const today = Math.floor(wall / DAY_MS) * DAY_MS;
  const instants = new Set<number>();
  for (let day = today; instants.size < count; day += DAY_MS) {
    const isWanted =
      every.weekday === null
        ? (day - today) % (every.days * DAY_MS) === 0 && (day > today || every.days === 1)
        : WEEKDAYS[new Date(day).getUTCDay()] === every.weekday;
    if (!isWanted) continue;
    const fire = firstShown(day + (at ?? wall - today), zone);
    if (fire > anchorAt) instants.add(fire);
  }
  return [...instants];
}

describe('Days, weeks and weekdays', () => {
  it('fire once on each wanted day, at the wanted time on the wall or right after the gap that skips it', () => {
    fc.assert(
      fc.property(places, calendarSpecs, (place, { every, at }) => {
        const withTime = every.text.endsWith('weeks') ? null : at;
        const spec = `every ${every.text}${withTime?.text ?? ''}`;
        const wanted = wantedFires(every, withTime?.ms ?? null, place, 6);
        expect(iso(fires(spec, place.anchorAt, place.zone, 6)), spec).to.deep.equal(iso(wanted));
      }),
      { numRuns: 200 },
    );
  });

  it('pass over what was missed to the first fire ahead', () => {
    fc.assert(
      fc.property(
        places,
        calendarSpecs,
        fc.nat(10 * DAY_MS),
        fc.nat(4),
        (place, { every, at }, late, made) => {
          const { zone, anchorAt } = place;
          const withTime = every.text.endsWith('weeks') ? null : at;
          const spec = `every ${every.text}${withTime?.text ?? ''}`;
          const all = fires(spec, anchorAt, zone, 16);
          const plannedAt = all[made]!;
          const after = plannedAt + late;
          const ahead = next(spec, zone, { anchorAt, plannedAt, after, random: Math.random });
          expect(ahead).to.equal(all.find((fire) => fire > after));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keep their time of day to the millisecond, and come back to it the day after a gap', () => {
    const anchorAt = Date.parse('2026-03-27T02:30:15.250+01:00');
    expect(iso(fires('every day', anchorAt, 'Europe/Berlin', 4))).to.deep.equal([
      '2026-03-28T01:30:15.250Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:15.250Z',
      '2026-03-31T00:30:15.250Z',
    ]);
  });

  it('fire once, and the earlier time, when a time of day happens twice', () => {
    const anchorAt = Date.parse('2026-10-24T12:00:00+02:00');
    expect(iso(fires('every day at 02:30', anchorAt, 'Europe/Berlin', 2))).to.deep.equal([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('fire at the first instant of a day that begins after midnight', () => {
    const anchorAt = Date.parse('2026-09-04T12:00:00Z');
    expect(iso(fires('every day at 00:00', anchorAt, 'America/Santiago', 3))).to.deep.equal([
      '2026-09-05T04:00:00.000Z',
      '2026-09-06T04:00:00.000Z',
      '2026-09-07T03:00:00.000Z',
    ]);
  });

  it('lose no day to a gap that puts a fire after midnight', () => {
    const anchorAt = Date.parse('2026-03-27T12:00:00Z');
    const zone = 'America/Nuuk';
    const daily = ['2026-03-28T01:30:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'];
    expect(iso(fires('every day at 23:30', anchorAt, zone, 3))).to.deep.equal(daily);
    const always1 = () => 0;
    expect(iso(fires('every 1 to 2 days at 23:30', anchorAt, zone, 3, always1))).to.deep.equal(daily);
  });

  it('with a drawn number of days stay on their time of day and within their range', () => {
    fc.assert(
      fc.property(
        places,
        times,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (place, at, min, more) => {
          const spec = `every ${min} to ${min + more} days${at.text}`;
          const made = fires(spec, place.anchorAt, place.zone, 8);
          const wall = wallAt(place.anchorAt, place.zone);
          // More than one where a zone has skipped a whole day.
          let days = [Math.floor(wall / DAY_MS) * DAY_MS];
          let previous = place.anchorAt;
          for (const [i, fire] of made.entries()) {
            expect(fire, spec).to.be.greaterThan(previous);
            const nearest = i === 0 && min === 1 ? 0 : min;
            const inRange = Array.from(
              { length: min + more - nearest + 1 },
              (_, n) => (nearest + n) * DAY_MS,
            );
            const isFiredAs = (day: number): boolean => firstShown(day + at.ms, place.zone) === fire;
            const fired = days.flatMap((day) => inRange.map((gap) => day + gap)).filter(isFiredAs);
            expect(fired, `${spec}: ${new Date(fire).toISOString()}`).not.to.be.empty;
            days = [...fired, ...fired.map((day) => day + DAY_MS).filter(isFiredAs)];
            previous = fire;
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('Seconds, minutes and hours', () => {
  const units = { seconds: 1000, minutes: MINUTE_MS, hours: HOUR_MS };

  it('are elapsed time, whatever the clocks on the wall do', () => {
    const intervals = fc.tuple(fc.constantFrom(...Object.entries(units)), fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(places, intervals, ({ zone, anchorAt }, [[unit, unitMs], count]) => {
        const wanted = Array.from({ length: 5 }, (_, i) => anchorAt + (i + 1) * count * unitMs);
        expect(fires(`every ${count} ${unit}`, anchorAt, zone, 5)).to.deep.equal(wanted);
      }),
    );
  });

  it('begin at the minute of the hour that the wall of the zone shows, also half an hour off', () => {
    fc.assert(
      fc.property(places, fc.nat(59), fc.integer({ min: 1, max: 5 }), ({ zone, anchorAt }, minute, hours) => {
        const spec = `every ${hours} hours at 00:${String(minute).padStart(2, '0')}`;
        const made = fires(spec, anchorAt, zone, 4);
        const wall = wallAt(anchorAt, zone);
        const inThisHour = anchorAt + Math.floor(wall / HOUR_MS) * HOUR_MS + minute * MINUTE_MS - wall;
        const first = hours === 1 && inThisHour > anchorAt ? inThisHour : inThisHour + hours * HOUR_MS;
        expect(iso(made)).to.deep.equal(iso([0, 1, 2, 3].map((i) => first + i * hours * HOUR_MS)));
      }),
    );
    const kathmandu = Date.parse('2026-06-02T09:00:05+05:45');
    expect(iso(fires('every hour at 00:15', kathmandu, 'Asia/Kathmandu', 1))).to.deep.equal([
      '2026-06-02T03:30:00.000Z',
    ]);
  });

  it('pass over what was missed, however much, and keep their phase', () => {
    const plannedAt = Date.parse('1970-01-02T00:00:03.500Z');
    const years = fc.integer({ min: 0, max: 60 * 366 * DAY_MS });
    fc.assert(
      fc.property(years, (late) => {
        const after = plannedAt + late;
        const asked = { anchorAt: plannedAt - 7000, plannedAt, after, random: () => 0 };
        const ahead = next('every 7 seconds', 'UTC', asked);
        expect((ahead - plannedAt) % 7000).to.equal(0);
        expect(ahead - after).to.be.within(1, 7000);
      }),
    );
  });

  it('with a drawn number go on from the last whole unit after fires were missed', () => {
    const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat(50 * 365 * DAY_MS), randoms, (late, drawn) => {
        const plannedAt = Date.parse('2026-06-02T09:00:05Z');
        let draws = 0;
        const random = (): number => {
          draws++;
          return drawn;
        };
        const after = plannedAt + late;
        const ahead = next('every 2 to 5 minutes', 'UTC', { anchorAt: 0, plannedAt, after, random });
        const units = 2 + Math.floor(drawn * 4);
        const onTime = plannedAt + units * MINUTE_MS;
        const afterMissed = after - (late % MINUTE_MS) + units * MINUTE_MS;
        expect(ahead).to.equal(onTime > after ? onTime : afterMissed);
        expect(ahead).to.be.greaterThan(after);
        expect(draws).to.equal(1);
      }),
    );
  });
});

describe('A next fire', () => {
  it('is later than the planned one even if the wall clock is not there yet', () => {
    const plannedAt = Date.parse('2026-06-02T10:30:00Z');
    const after = plannedAt - 5 * DAY_MS;
    for (const spec of [
      'every minute',
      'every 1 to 2 hours',
      'every day at 10:30',
      'every 1 to 2 days',
      'every tuesday',
    ]) {
      const ahead = next(spec, 'UTC', { anchorAt: plannedAt, plannedAt, after, random: () => 0 });
      expect(ahead).to.be.greaterThan(plannedAt);
    }
  });

  it('that would not be later is an error, not a fire without end', () => {
    const past = (): number => -10;
    const asked = { anchorAt: 0, plannedAt: 0, after: 0, random: past };
    expect(() => next('every 1 to 2 hours', 'UTC', asked)).to.throw('is not later than');
    const days = planFor('every 1 to 2 days', 'UTC');
    expect(() => firstFire(days, { at: 0, random: past })).to.throw('is not later than');
  });
});

describe('After the wall clock was stepped back', () => {
  const now = Date.parse('2026-06-02T09:00:05Z');

  function pulledIn(spec: string, plannedAt: number, at: number): number {
    return pullIn(planFor(spec, 'Asia/Kathmandu'), { plannedAt, dueAt: plannedAt }, at).plannedAt;
  }

  it('an interval is pulled in to one interval from now', () => {
    const pulled = (spec: string, ahead: number): number => pulledIn(spec, now + ahead, now) - now;
    expect(pulled('every 10 minutes', 10 * MINUTE_MS)).to.equal(10 * MINUTE_MS);
    expect(pulled('every 10 minutes', 10 * MINUTE_MS + 1)).to.equal(10 * MINUTE_MS);
    expect(pulled('every 2 to 5 seconds', 400 * DAY_MS)).to.equal(5000);
    expect(pulled('every hour', -5)).to.equal(-5);
  });

  it('an hourly one keeps its minute, and a first fire that is rightly far off stays', () => {
    const anchors = fc.integer({ min: 0, max: HOUR_MS });
    fc.assert(
      fc.property(
        anchors,
        fc.nat(59),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(1000),
        (offset, minute, hours, back) => {
          const spec = `every ${hours} hours at 00:${String(minute).padStart(2, '0')}`;
          const first = fires(spec, now + offset, 'Asia/Kathmandu', 1)[0]!;
          expect(pulledIn(spec, first, now + offset)).to.equal(first);
          const earlier = now + offset - back * HOUR_MS;
          const pulled = pulledIn(spec, first, earlier);
          expect(pulled)
            .to.be.greaterThan(earlier)
            .and.at.most(earlier + (hours + 1) * HOUR_MS);
          expect((first - pulled) % (hours * HOUR_MS)).to.equal(0);
        },
      ),
    );
  });

  it('days and weekdays stay where the calendar has them', () => {
    for (const spec of ['every day', 'every 2 days at 10:30', 'every week', 'every monday']) {
      const nextFireAt = now + 400 * DAY_MS;
      expect(pulledIn(spec, nextFireAt, now)).to.equal(nextFireAt);
    }
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import type { Plan } from '../../../src/schedule/plan/plan.ts';
import { dueFires } from '../../../src/schedule/plan/due-fires.ts';
import { firstFire, nextFire } from '../../../src/schedule/plan/planned-fires.ts';
import type { Recurrence } from '../../../src/schedule/recurrence/recurrence.ts';
import { iso, planFor } from '../recurrence/plans.ts';
import { printSeed, runs } from '../recurrence/seed.ts';
import { ZONES } from '../recurrence/zones.ts';

const DAY_MS = 86_400_000;
const random = (): number => 0.5;

/** The fires from the planned one through `now`, one after the other. */
function oneByOne(plan: Plan, anchorAt: number, plannedAt: number, now: number): number[] {
  const made = [plannedAt];
  for (;;) {
    const last = made.at(-1)!;
    const next = nextFire(plan, { anchorAt, plannedAt: last, after: last, random });
    if (next === null || next.plannedAt > now) return made;
    made.push(next.plannedAt);
  }
}

describe('What has come due', () => {
  before(() => {
    printSeed('what has come due');
  });

  const specs = fc.constantFrom<string | Recurrence>(
    'every 17 minutes',
    'every hour at 00:20',
    'every day at 02:30',
    'every 2 days at 00:10',
    'every friday',
    { kind: 'cron', pattern: '30 */2 * * *' },
    { kind: 'cron', pattern: '15 2 * * *' },
    { kind: 'cron', pattern: '*/20 1-3 * * *' },
    { kind: 'words', text: 'every 30 mins' },
    { kind: 'words', text: 'every 2 hours except on sunday' },
    { kind: 'words', text: 'on monday also at 02:30' },
    { kind: 'words', text: 'at 02:30 also at 12:00' },
    { kind: 'words', text: 'on the last day of the month at 10:15 am' },
    { kind: 'once', at: { afterMs: 1000 } },
  );
  const places = fc
    .constantFrom(...ZONES)
    .chain(({ zone, days }) => fc.tuple(fc.constant(zone), fc.constantFrom(...days)));

  it('is what comes one after the other: the latest by themselves, those before them as a range', () => {
    fc.assert(
      fc.property(
        specs,
        places,
        fc.record({
          before: fc.nat(3 * DAY_MS),
          // Often right at a fire.
          late: fc.oneof(
            fc.nat(6 * DAY_MS),
            fc.nat(144).map((hours) => hours * 3_600_000),
          ),
          most: fc.constantFrom(1, 2, 5, 1000),
          isExcepted: fc.boolean(),
          hasFrom: fc.boolean(),
          until: fc.option(fc.nat(5 * DAY_MS)),
        }),
        (when, [zone, day], { before, late, most, isExcepted, hasFrom, until }) => {
          const anchorAt = Date.parse(day) - before;
          const plan = planFor(when, zone, {
            except: new Set(isExcepted ? [day] : []),
            fromAt: hasFrom ? anchorAt - DAY_MS : null,
            untilAt: until === null ? null : anchorAt + until,
          });
          const first = firstFire(plan, { at: anchorAt, random });
          if (first === null) return;
          const { plannedAt } = first;
          const now = plannedAt + late;
          const all = oneByOne(plan, anchorAt, plannedAt, now);
          const due = dueFires(plan, { anchorAt, plannedAt, now, most });
          const earlier = all.slice(0, -most);
          expect(iso(due.latest)).to.deep.equal(iso(all.slice(-most)));
          if (earlier.length === 0) {
            expect(due.earlier).to.equal(null);
            return;
          }
          expect(due.earlier).to.include({ from: earlier[0], until: earlier.at(-1) });
          const isCountable = plan.recurrence.kind === 'elapsed' || earlier.length <= 30;
          expect(due.earlier?.count).to.equal(isCountable ? earlier.length : null);
        },
      ),
      runs(120),
    );
  });

  it('counts what was missed in a year of seconds, less the days without a fire, at once', () => {
    const plannedAt = Date.parse('2026-01-01T00:00:00Z');
    const plan = planFor('every second', 'UTC', {
      except: new Set(['2025-12-31', '2026-05-01', '2026-12-31']),
    });
    const now = plannedAt + 365 * DAY_MS - 1000;
    const began = performance.now();
    const due = dueFires(plan, { anchorAt: 0, plannedAt, now, most: 2 });
    expect(performance.now() - began).to.be.lessThan(2000);
    const endOf30th = Date.parse('2026-12-31T00:00:00Z');
    expect(due).to.deep.equal({
      latest: [endOf30th - 2000, endOf30th - 1000],
      earlier: { from: plannedAt, until: endOf30th - 3000, count: 363 * 86_400 - 2 },
    });
  });

  it('has one fire for a day that is missing and the day after it, where both fire at once', () => {
    const plan = planFor('every day at 00:00', 'Pacific/Apia');
    const plannedAt = Date.parse('2011-12-28T00:00:00-10:00');
    const now = Date.parse('2012-01-02T12:00:00+14:00');
    const all = oneByOne(plan, plannedAt - 1, plannedAt, now);
    expect(all).to.have.length(5);
    expect(dueFires(plan, { anchorAt: plannedAt - 1, plannedAt, now, most: 1 })).to.deep.equal({
      latest: [all[4]],
      earlier: { from: all[0], until: all[3], count: 4 },
    });
  });

  it('begins with the planned one, also where the spec was changed since, or its day was excepted', () => {
    const plannedAt = Date.parse('2026-06-02T10:01:02.003Z');
    const except = new Set(['2026-06-02']);
    for (const when of [
      'every day at 10:30',
      'every hour',
      { kind: 'cron', pattern: '0 12 * * *' } as const,
    ]) {
      const plan = planFor(when, 'UTC', { except });
      const due = dueFires(plan, { anchorAt: 0, plannedAt, now: plannedAt + DAY_MS, most: 1000 });
      expect(due.earlier).to.equal(null);
      expect(iso(due.latest)).to.deep.equal(iso(oneByOne(plan, 0, plannedAt, plannedAt + DAY_MS)));
    }
  });

  it('is the planned one alone where intervals are drawn', () => {
    for (const when of ['every 1 to 2 minutes', 'every 1 to 2 days']) {
      const due = dueFires(planFor(when, 'UTC'), { anchorAt: 0, plannedAt: 5, now: 9 * DAY_MS, most: 10 });
      expect(due).to.deep.equal({ latest: [5], earlier: null });
    }
  });
});

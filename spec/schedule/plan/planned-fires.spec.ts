import { expect } from 'chai';
import fc from 'fast-check';
import type { Plan } from '../../../src/schedule/plan/plan.ts';
import { firstFire, nextFire, pullIn } from '../../../src/schedule/plan/planned-fires.ts';
import type { Recurrence } from '../../../src/schedule/recurrence/recurrence.ts';
import { dayOf } from '../../../src/schedule/time/zone.ts';
import { iso, planFor, plannedFires } from '../recurrence/plans.ts';

const zone = 'Europe/Zurich';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** In Zurich's winter. */
function zurich(local: string): number {
  return Date.parse(`${local}+01:00`);
}

/** As the clocks of Zurich's winter show it. */
function shown(instants: readonly number[]): string[] {
  return instants.map((at) => new Date(at + 3_600_000).toISOString().slice(0, 19).replace('T', ' '));
}

/** The first fires of a spec that is requested on Monday, 23 November 2026, at 15:20:07. */
function fires(when: string | Recurrence, rules: Partial<Plan>, count = 3): string[] {
  return shown(plannedFires(planFor(when, zone, rules), zurich('2026-11-23T15:20:07'), count, () => 0));
}

const FROM = { fromAt: zurich('2026-12-01T00:00') };
const FROM_9 = { fromAt: zurich('2026-12-01T09:00') };

describe('A plan with "from"', () => {
  it('counts from there, and fires there first', () => {
    const wanted: [when: string | Recurrence, rules: Partial<Plan>, ...fires: string[]][] = [
      ['every 10 minutes', FROM_9, '2026-12-01 09:00:00', '2026-12-01 09:10:00', '2026-12-01 09:20:00'],
      ['every hour at 00:00', FROM_9, '2026-12-01 09:00:00', '2026-12-01 10:00:00', '2026-12-01 11:00:00'],
      ['every hour at 00:15', FROM_9, '2026-12-01 09:15:00', '2026-12-01 10:15:00', '2026-12-01 11:15:00'],
      ['every 2 hours at 00:15', FROM_9, '2026-12-01 09:15:00', '2026-12-01 11:15:00', '2026-12-01 13:15:00'],
      ['every 2 to 3 hours', FROM_9, '2026-12-01 09:00:00', '2026-12-01 11:00:00', '2026-12-01 13:00:00'],
      ['every day', FROM, '2026-12-01 15:20:07', '2026-12-02 15:20:07', '2026-12-03 15:20:07'],
      ['every day at 18:00', FROM, '2026-12-01 18:00:00', '2026-12-02 18:00:00', '2026-12-03 18:00:00'],
      ['every day at 8:00', FROM_9, '2026-12-02 08:00:00', '2026-12-03 08:00:00', '2026-12-04 08:00:00'],
      ['every 2 days at 18:00', FROM, '2026-12-01 18:00:00', '2026-12-03 18:00:00', '2026-12-05 18:00:00'],
      ['every 2 days at 8:00', FROM_9, '2026-12-02 08:00:00', '2026-12-04 08:00:00', '2026-12-06 08:00:00'],
      [
        'every 2 to 3 days at 18:00',
        FROM,
        '2026-12-01 18:00:00',
        '2026-12-03 18:00:00',
        '2026-12-05 18:00:00',
      ],
      ['every monday at 9:00', FROM, '2026-12-07 09:00:00', '2026-12-14 09:00:00', '2026-12-21 09:00:00'],
      ['every tuesday at 9:00', FROM_9, '2026-12-01 09:00:00', '2026-12-08 09:00:00', '2026-12-15 09:00:00'],
      ['every week', FROM, '2026-12-01 15:20:07', '2026-12-08 15:20:07', '2026-12-15 15:20:07'],
      [
        { kind: 'cron', pattern: '0 9 * * *' },
        FROM_9,
        '2026-12-01 09:00:00',
        '2026-12-02 09:00:00',
        '2026-12-03 09:00:00',
      ],
      [
        { kind: 'words', text: 'at 08:00' },
        FROM_9,
        '2026-12-02 08:00:00',
        '2026-12-03 08:00:00',
        '2026-12-04 08:00:00',
      ],
    ];
    for (const [when, rules, ...expected] of wanted)
      expect(fires(when, rules), JSON.stringify(when)).to.deep.equal(expected);
  });

  it('keeps the phase of "from" when that is past', () => {
    const fromAt = zurich('2026-11-21T09:03');
    expect(fires('every 10 minutes', { fromAt }, 2)).to.deep.equal([
      '2026-11-23 15:23:00',
      '2026-11-23 15:33:00',
    ]);
    expect(fires('every 3 days at 9:00', { fromAt: zurich('2026-11-21T00:00') }, 2)).to.deep.equal([
      '2026-11-24 09:00:00',
      '2026-11-27 09:00:00',
    ]);
    expect(fires('every 2 to 3 hours', { fromAt }, 1)).to.deep.equal(['2026-11-23 17:03:00']);
  });
});

describe('A plan with "until"', () => {
  it('may fire at that instant, and not later', () => {
    const untilAt = zurich('2026-11-23T15:40:07');
    expect(fires('every 10 minutes', { untilAt })).to.deep.equal([
      '2026-11-23 15:30:07',
      '2026-11-23 15:40:07',
    ]);
    expect(fires('every 10 minutes', { untilAt: untilAt - 1 })).to.deep.equal(['2026-11-23 15:30:07']);
  });

  it('never fires when its first fire would be later', () => {
    expect(fires('every hour', { untilAt: zurich('2026-11-23T16:00') })).to.be.empty;
    expect(fires({ kind: 'cron', pattern: '0 0 24 12 *' }, { untilAt: zurich('2026-12-01T00:00') })).to.be
      .empty;
  });
});

describe('A plan with days without a fire', () => {
  it('passes them over and goes on as if it had fired on them', () => {
    const christmas = { except: new Set(['2026-12-24', '2026-12-25']), fromAt: zurich('2026-12-23T00:00') };
    expect(fires('every day at 18:00', christmas)).to.deep.equal([
      '2026-12-23 18:00:00',
      '2026-12-26 18:00:00',
      '2026-12-27 18:00:00',
    ]);
    expect(fires('every 2 days at 18:00', christmas)).to.deep.equal([
      '2026-12-23 18:00:00',
      '2026-12-27 18:00:00',
      '2026-12-29 18:00:00',
    ]);
    expect(fires('every 7 hours', christmas, 5)).to.deep.equal([
      '2026-12-23 00:00:00',
      '2026-12-23 07:00:00',
      '2026-12-23 14:00:00',
      '2026-12-23 21:00:00',
      '2026-12-26 05:00:00',
    ]);
    expect(fires({ kind: 'cron', pattern: '0 18 24-26 * *' }, christmas, 2)).to.deep.equal([
      '2026-12-26 18:00:00',
      '2027-01-24 18:00:00',
    ]);
  });

  it('never fires if it could on no other day', () => {
    const except = new Set(['2026-12-24']);
    const once: Recurrence = { kind: 'once', at: { date: '2026-12-24', time: '10:00:00' } };
    expect(fires(once, { except })).to.be.empty;
    const dense = { except, fromAt: zurich('2026-12-24T00:00'), untilAt: zurich('2026-12-25T00:00') - 1 };
    expect(fires('every second', dense)).to.be.empty;
  });

  it('fires as without the rule, less what lies on those days', () => {
    const anchorAt = zurich('2026-12-20T10:07:03');
    const days = fc.subarray(Array.from({ length: 9 }, (_, i) => `2026-12-2${i + 1}`));
    const specs = fc.constantFrom<string | Recurrence>(
      'every 5 hours',
      'every hour at 00:30',
      'every day',
      'every 3 days at 00:00',
      'every friday at 23:59',
      { kind: 'cron', pattern: '30 */6 * * *' },
      { kind: 'words', text: 'at 09:00 also at 21:00' },
    );
    fc.assert(
      fc.property(
        specs,
        days,
        fc.constantFrom(zone, 'Pacific/Chatham', 'America/New_York'),
        (when, except, at) => {
          const rules = { untilAt: anchorAt + 12 * DAY_MS };
          const all = plannedFires(planFor(when, at, rules), anchorAt, Infinity);
          const left = plannedFires(
            planFor(when, at, { ...rules, except: new Set(except) }),
            anchorAt,
            Infinity,
          );
          expect(iso(left)).to.deep.equal(iso(all.filter((fire) => !except.includes(dayOf(fire, at)))));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('A plan of one fire', () => {
  const anchorAt = zurich('2026-11-23T15:20:07');

  it('fires then and never again', () => {
    const at = { date: '2026-12-01', time: '10:00:00' };
    expect(fires({ kind: 'once', at }, {})).to.deep.equal(['2026-12-01 10:00:00']);
    expect(fires({ kind: 'once', at: { afterMs: 10 * MINUTE_MS } }, {})).to.deep.equal([
      '2026-11-23 15:30:07',
    ]);
    expect(fires({ kind: 'once', at: { instant: anchorAt + 1 } }, {})).to.have.length(1);
  });

  it('never fires when that is past', () => {
    expect(fires({ kind: 'once', at: { instant: anchorAt } }, {})).to.be.empty;
    expect(fires({ kind: 'once', at: { date: '2026-11-23', time: '15:00:00' } }, {})).to.be.empty;
    expect(fires({ kind: 'once', at: { afterMs: 1000 } }, FROM)).to.be.empty;
  });
});

describe('A plan with jitter', () => {
  const specs = fc.constantFrom<string | Recurrence>(
    'every minute',
    'every 1 to 2 minutes',
    'every 2 hours',
    {
      kind: 'cron',
      pattern: '*/5 * * * *',
    },
  );
  const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('puts fires off by up to so long, never to the next one, and plans as without it', () => {
    fc.assert(
      fc.property(specs, fc.integer({ min: 1, max: 200_000 }), randoms, (when, jitterMs, drawn) => {
        const anchorAt = zurich('2026-11-23T15:20:07');
        const plan = planFor(when, zone, { jitterMs });
        const random = (): number => drawn;
        const plain = plannedFires(planFor(when, zone), anchorAt, 5, random);
        expect(plannedFires(plan, anchorAt, 5, random)).to.deep.equal(plain);
        let fire = firstFire(plan, { at: anchorAt, random })!;
        for (const next of plain.slice(1)) {
          expect(fire.dueAt - fire.plannedAt).to.be.within(0, jitterMs);
          expect(fire.dueAt).to.be.lessThan(next);
          fire = nextFire(plan, { anchorAt, plannedAt: fire.plannedAt, after: fire.plannedAt, random })!;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('draws each delay from none to the whole', () => {
    const plan = planFor('every hour', zone, { jitterMs: 2 });
    const delays = [0, 0.34, 0.67, 0.999].map((drawn) => {
      const fire = firstFire(plan, { at: 0, random: () => drawn })!;
      return fire.dueAt - fire.plannedAt;
    });
    expect(delays).to.deep.equal([0, 1, 2, 2]);
  });
});

describe('A plan after the wall clock was stepped back', () => {
  const now = zurich('2026-11-23T15:20:07');
  const planned = (plannedAt: number): { plannedAt: number; dueAt: number } => ({
    plannedAt,
    dueAt: plannedAt + 5,
  });

  it('keeps the delay of a fire that is pulled in', () => {
    const plan = planFor('every 10 minutes', zone, { jitterMs: 10 });
    expect(pullIn(plan, planned(now + DAY_MS), now)).to.deep.equal(planned(now + 10 * MINUTE_MS));
  });

  it('keeps the phase of "from", and is not pulled in to before it', () => {
    const plan = planFor('every 10 minutes', zone, FROM_9);
    expect(pullIn(plan, planned(FROM_9.fromAt), now)).to.deep.equal(planned(FROM_9.fromAt));
    const later = FROM_9.fromAt + DAY_MS;
    expect(pullIn(plan, planned(later), now)).to.deep.equal(planned(FROM_9.fromAt));
    const afterFrom = FROM_9.fromAt + 63 * MINUTE_MS;
    expect(pullIn(plan, planned(later), afterFrom)).to.deep.equal(planned(FROM_9.fromAt + 70 * MINUTE_MS));
  });

  it('leaves a fire that days without one have put off where it is', () => {
    const specs = fc.constantFrom(
      'every 7 minutes',
      'every 5 hours',
      'every 1 to 3 hours',
      'every hour at 00:15',
      'every 34 hours at 00:20',
    );
    const plan = (when: string): Plan =>
      planFor(when, zone, { except: new Set(['2026-11-24', '2026-11-25']) });
    fc.assert(
      fc.property(specs, fc.nat(70 * 3_600_000), (when, later) => {
        const at = now + later;
        const fire = firstFire(plan(when), { at, random: Math.random })!;
        expect(pullIn(plan(when), fire, at)).to.equal(fire);
        expect(pullIn(plan(when), fire, Math.min(fire.plannedAt - 1, at + 20 * 3_600_000))).to.equal(fire);
      }),
      { numRuns: 100 },
    );
  });

  it('moves nothing that belongs to the calendar', () => {
    for (const when of ['every day', 'every monday', { kind: 'cron', pattern: '* * * * *' } as const]) {
      const fire = planned(now + 400 * DAY_MS);
      expect(pullIn(planFor(when, zone), fire, now)).to.equal(fire);
    }
  });
});

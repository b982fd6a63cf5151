import { expect } from 'chai';
import { firstFire } from '../../../src/schedule/plan/planned-fires.ts';
import type { Recurrence } from '../../../src/schedule/recurrence/recurrence.ts';
import { countsPerHour, isRandom, upcoming } from '../../../src/schedule/plan/upcoming.ts';
import { iso, planFor, plannedFires } from '../recurrence/plans.ts';

const HOUR_MS = 3_600_000;
const anchorAt = Date.parse('2026-06-02T09:00:05Z');
const random = (): number => 0.5;

/** The counts of each hour, put together. */
function perHour(plan: ReturnType<typeof planFor>, from: number, to: number): Map<string, number> {
  const hours = new Map<string, number>();
  const first = firstFire(plan, { at: anchorAt, random });
  for (const { hourAt, count } of countsPerHour(plan, first, { from, to, anchorAt, random })) {
    const hour = new Date(hourAt).toISOString();
    hours.set(hour, (hours.get(hour) ?? 0) + count);
  }
  return hours;
}

describe('The fires to come', () => {
  it('are told as if each were made on time, as long as there are any', () => {
    const plan = planFor('every 10 minutes', 'UTC', { untilAt: anchorAt + 25 * 60_000 });
    const fires = [...upcoming(plan, firstFire(plan, { at: anchorAt, random }), { anchorAt, random })];
    expect(iso(fires.map(({ dueAt }) => dueAt))).to.deep.equal([
      '2026-06-02T09:10:05.000Z',
      '2026-06-02T09:20:05.000Z',
    ]);
    expect([...upcoming(plan, null, { anchorAt, random })]).to.be.empty;
  });

  it('are an example where something is drawn', () => {
    expect(isRandom(planFor('every 1 to 2 days', 'UTC'))).to.equal(true);
    expect(isRandom(planFor('every minute', 'UTC', { jitterMs: 1 }))).to.equal(true);
    expect(isRandom(planFor('every 2 to 2 hours', 'UTC'))).to.equal(false);
    expect(isRandom(planFor({ kind: 'cron', pattern: '@daily' }, 'UTC'))).to.equal(false);
  });

  it('are counted for each hour as they would be one by one', () => {
    const specs: (string | Recurrence)[] = [
      'every 7 minutes',
      'every 90 minutes',
      'every day',
      { kind: 'cron', pattern: '*/9 */2 * * *' },
      { kind: 'words', text: 'at 10:00 also at 10:30' },
    ];
    for (const when of specs) {
      for (const zone of ['UTC', 'Asia/Kathmandu']) {
        const plan = planFor(when, zone, {
          except: new Set(['2026-06-03']),
          untilAt: anchorAt + 100 * HOUR_MS,
        });
        const from = anchorAt + 10 * HOUR_MS + 1;
        const to = from + 80 * HOUR_MS;
        const wanted = new Map<string, number>();
        for (const fire of plannedFires(plan, anchorAt, Infinity)) {
          if (fire < from || fire >= to) continue;
          const hour = new Date(Math.floor(fire / HOUR_MS) * HOUR_MS).toISOString();
          wanted.set(hour, (wanted.get(hour) ?? 0) + 1);
        }
        expect(wanted).not.to.be.empty;
        expect([...perHour(plan, from, to)], JSON.stringify(when)).to.deep.equal([...wanted]);
      }
    }
  });

  it('are counted without looking at each where they are dense, drawn ones by their middle', () => {
    const from = anchorAt - (anchorAt % HOUR_MS) + HOUR_MS;
    const to = from + 365 * 24 * HOUR_MS;
    const began = performance.now();
    const seconds = [...perHour(planFor('every second', 'UTC'), from, to).values()];
    const drawn = [...perHour(planFor('every 1 to 3 seconds', 'UTC'), from, to).values()];
    expect(performance.now() - began).to.be.lessThan(2000);
    expect(seconds).to.have.length(365 * 24);
    expect(new Set(seconds)).to.deep.equal(new Set([3600]));
    expect(new Set(drawn)).to.deep.equal(new Set([1800]));
  });
});

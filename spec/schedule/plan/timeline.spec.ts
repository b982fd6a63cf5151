import { expect } from 'chai';
import { UserError } from '../../../src/errors.ts';
import { timeline } from '../../../src/schedule/plan/timeline.ts';
import { planOf } from '../../../src/schedule/plan/plan.ts';
import { FakeScheduleStore } from '../fake-schedule-store.ts';

const START = Date.parse('2026-06-01T09:00:05Z');
const HOUR_MS = 3_600_000;

describe('A timeline', () => {
  it('that takes too long to count is refused in words', () => {
    const store = new FakeScheduleStore();
    store.put('a', '* * * * * *', { anchorAt: START, plannedAt: START + 1000 });
    const work = timeline({
      ...{ from: START, to: START + HOUR_MS, random: () => 0, isTooLong: () => true },
      schedules: () => store.scheduled({ after: 0, limit: 1 }),
      planOf: (schedule) => {
        const plan = planOf(schedule, 'UTC');
        return plan === 'now' ? null : plan;
      },
    });
    expect(() => Array.from(work)).to.throw(
      UserError,
      'It takes too long to count all fires within "1" hours: ask for a shorter time.',
    );
  });
});

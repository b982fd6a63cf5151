import { expect } from 'chai';
import { neverFires } from '../../../src/schedule/plan/never-fires.ts';
import { planOf } from '../../../src/schedule/plan/plan.ts';
import { firstFire } from '../../../src/schedule/plan/planned-fires.ts';
import { NO_RULES } from '../../../src/schedule/schedule.ts';

const NOW = Date.parse('2026-11-23T15:20:07Z');

/** Why a spec that can be read does not fire, and what would. */
function refused(when: string, zone = 'UTC'): [message: string, suggestion: string | null] {
  const plan = planOf({ when, rules: NO_RULES }, zone);
  if (plan === 'now' || firstFire(plan, { at: NOW, random: () => 0 }) !== null)
    throw new Error(`"${when}" fires`);
  const { message, suggestion } = neverFires(when, plan, NOW);
  return [message, suggestion];
}

describe('A spec that never fires any more', () => {
  it('is refused with the same a little later, where its time is past', () => {
    const specs = {
      'at 2026-11-23 10:00': 'at 2026-11-24 10:00',
      'at 2026-1-1 10:00': 'at 2026-11-24 10:00',
      'at 2026-01-01T10:00:00+14:00': 'at 2026-11-25T10:00:00+14:00',
      'at 2026-11-23 10:00 in Asia/Tokyo': 'at 2026-11-25 10:00 in Asia/Tokyo',
      'at 2026-11-23 10:00 in Europe/Zurich': 'at 2026-11-24 10:00 in Europe/Zurich',
      'every day at 10:30 UNTIL 2026-1-1': 'every day at 10:30 UNTIL 2027-11-23',
    };
    for (const [when, wanted] of Object.entries(specs)) {
      const [message, suggestion] = refused(when);
      expect(message, when).to.contain(' past. Try "');
      expect(suggestion, when).to.equal(wanted);
      expect(() => refused(wanted), wanted).to.throw('fires');
    }
  });

  it('is refused without a suggestion, where its own limits are in the way', () => {
    for (const limit of ['from 2026-12-02', 'until 2026-11-30', 'except 2026-12-01']) {
      const [message, suggestion] = refused(`at 2026-12-01 10:00 ${limit}`);
      expect(message).to.contain(
        'no fire is left between its beginning, its end and the days without a fire.',
      );
      expect(suggestion).to.equal(null);
    }
  });
});

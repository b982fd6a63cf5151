import type { CoreView } from '../../../access/core-view.ts';
import { UserError } from '../../../errors.ts';
import type { Plan } from '../../../schedule/plan/plan.ts';
import type { Schedule } from '../../../schedule/schedule.ts';

/** When a schedule fires; null for one that this release cannot read: it is shown all the same. */
export function readablePlan(
  schedule: Schedule,
  { planOf }: Pick<CoreView['schedules'], 'planOf'>,
): Plan | null {
  try {
    const plan = planOf(schedule);
    return plan === 'now' ? null : plan;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

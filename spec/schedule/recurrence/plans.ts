import { planOf, type Plan } from '../../../src/schedule/plan/plan.ts';
import { firstFire } from '../../../src/schedule/plan/planned-fires.ts';
import type { Recurrence } from '../../../src/schedule/recurrence/recurrence.ts';
import { NO_RULES } from '../../../src/schedule/schedule.ts';
import { upcoming } from '../../../src/schedule/plan/upcoming.ts';

/** The plan of a spec, or of a recurrence that none needs to be read for. */
export function planFor(when: string | Recurrence, zone: string, rules: Partial<Plan> = {}): Plan {
  if (typeof when !== 'string')
    return { recurrence: when, zone, fromAt: null, untilAt: null, except: new Set(), jitterMs: 0, ...rules };
  const plan = planOf({ when, rules: NO_RULES }, zone);
  if (plan === 'now') throw new Error(`"${when}" is no recurrence`);
  return { ...plan, ...rules };
}

/** The first `count` planned fires, or all, when it is requested at `anchorAt` and every fire is on time. */
export function plannedFires(
  plan: Plan,
  anchorAt: number,
  count: number,
  random: () => number = Math.random,
): number[] {
  const made: number[] = [];
  for (const { plannedAt } of upcoming(plan, firstFire(plan, { at: anchorAt, random }), {
    anchorAt,
    random,
  })) {
    if (made.length === count) break;
    made.push(plannedAt);
  }
  return made;
}

export function iso(instants: readonly number[]): string[] {
  return instants.map((at) => new Date(at).toISOString());
}

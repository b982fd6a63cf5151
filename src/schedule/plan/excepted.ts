import type { Plan } from './plan.ts';
import { boundsOf } from '../time/moment.ts';
import { dayOf } from '../time/zone.ts';

/** What lies around an instant on a day without a fire, see `boundsOf`; null where the instant is on no such day. */
export function exceptedDay(
  { except, zone }: Pick<Plan, 'except' | 'zone'>,
  at: number,
): { before: number; last: number } | null {
  if (except.size === 0) return null;
  const day = dayOf(at, zone);
  if (!except.has(day)) return null;
  const { before, last } = boundsOf(day, zone);
  // Clocks that are set back over midnight show the end of the day again.
  return { before, last: Math.max(at, last) };
}

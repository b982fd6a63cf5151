import { UserError } from '../../errors.ts';
import type { Recurrence } from '../recurrence/recurrence.ts';
import { startOf, type Moment } from '../time/moment.ts';
import { wallClock } from '../time/zone.ts';
import type { Plan } from './plan.ts';

const DATE = /\d{4}-\d{1,2}-\d{1,2}/;
const UNTIL = new RegExp(String.raw`\b(until\s+)${DATE.source}`, 'i');

/** Refuses a spec that can be read, but has no fire after `now`. */
export function neverFires(when: string, plan: Plan, now: number): UserError {
  const { reason, suggestion } = whyNever(when.trim(), plan, now);
  const advice = suggestion === null ? '' : ` Try ${JSON.stringify(suggestion)}.`;
  return new UserError('invalid', `Cannot schedule ${JSON.stringify(when.trim())}: ${reason}.${advice}`, {
    suggestion,
  });
}

function whyNever(when: string, plan: Plan, now: number): { reason: string; suggestion: string | null } {
  const { recurrence, fromAt, untilAt, except, zone } = plan;
  const today = wallClock(now, zone).toPlainDate();
  const once = onceOf(recurrence);
  if (once !== null && startOf(once, zone) <= now) {
    // Other limits may forbid any other day. On the clocks of an offset tomorrow may be past already.
    const isFree = fromAt === null && untilAt === null && except.size === 0;
    const day = today.add({ days: 'instant' in once ? 2 : 1 });
    return {
      reason: 'that time is past',
      suggestion: isFree ? when.replace(DATE, day.toString()) : null,
    };
  }
  if (untilAt !== null && untilAt < now) {
    const later = when.replace(UNTIL, `$1${today.add({ years: 1 }).toString()}`);
    return { reason: 'its end is past', suggestion: later === when ? null : later };
  }
  return {
    reason: 'no fire is left between its beginning, its end and the days without a fire',
    suggestion: null,
  };
}

/** The time of what fires once at a given time. */
function onceOf(recurrence: Recurrence): Moment | null {
  return recurrence.kind === 'once' && !('afterMs' in recurrence.at) ? recurrence.at : null;
}

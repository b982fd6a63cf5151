import type { Job } from '../../jobs/job.ts';
import type { Plan } from '../plan/plan.ts';
import { dueFires } from '../plan/due-fires.ts';
import { nextFire, type PlannedFire } from '../plan/planned-fires.ts';
import type { Schedule } from '../schedule.ts';
import { decideFires, type Decision } from './decide-fires.ts';
import type { MissedRule } from './missed-rule.ts';

/** What a schedule that is due is judged by. Times are milliseconds since the epoch. */
export interface Judged {
  plan: Plan;
  missed: MissedRule;
  /** When the planned fire was to be made. */
  dueAt: number;
  /** Whether a fire comes again, after the wall clock was stepped back. */
  isRecorded: (plannedAt: number) => boolean;
  /** The schedule's jobs that wait or run, the oldest first. */
  active: readonly Job[];
  now: number;
  /** A number from 0 up to, but without, 1. */
  random: () => number;
}

/** What becomes of the fires that are due, and the one to follow, or why there is none. */
export interface Settled extends Decision {
  next: PlannedFire | { ended: string };
}

/** Settles all fires of a schedule that have come due by `now`, of which the planned one is the first. */
export function settleFires(
  { anchorAt, plannedAt, rules, runs }: Pick<Schedule, 'anchorAt' | 'plannedAt' | 'rules' | 'runs'>,
  { plan, missed, dueAt, isRecorded, active, now, random }: Judged,
): Settled {
  const { overlap, maxRuns } = rules;
  const due = dueFires(plan, { anchorAt, plannedAt, now, most: missed.upTo });
  const runsLeft = maxRuns === null ? null : maxRuns - runs;
  const decision = decideFires({
    ...{ due, firstDueAt: dueAt, isRecorded, now, missed, overlap, active, runsLeft },
  });
  const made = decision.outcomes.filter((outcome) => 'job' in outcome).length;
  if (made === runsLeft)
    return { ...decision, next: { ended: `it has made all runs that it may: ${maxRuns}` } };
  const next = nextFire(plan, { anchorAt, plannedAt, after: now, random });
  return { ...decision, next: next ?? { ended: 'it has no more fires' } };
}

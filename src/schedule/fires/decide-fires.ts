import type { Job } from '../../jobs/job.ts';
import type { MissedRule } from './missed-rule.ts';
import type { DueFires } from '../plan/due-fires.ts';
import type { Overlap } from '../schedule.ts';
import { durationText } from '../grammar/duration-text.ts';
import type { FireOutcome } from './fire.ts';

/** What is to be decided. Times are milliseconds since the epoch. */
export interface FiresToDecide {
  due: DueFires;
  /** When the first of them was to be made: later than it was planned where there is jitter. */
  firstDueAt: number;
  /** Whether a fire comes again, after the wall clock was stepped back: nothing is to become of it. */
  isRecorded: (plannedAt: number) => boolean;
  now: number;
  missed: MissedRule;
  overlap: Overlap;
  /** The schedule's jobs that wait or run, the oldest first. */
  active: readonly Job[];
  /** How many jobs it may still make; null for any number. */
  runsLeft: number | null;
}

export interface Decision {
  outcomes: FireOutcome[];
  /** Jobs that are to end, since a new one takes their place. */
  replaced: readonly Job[];
}

/** Says of fires that are due which of them become jobs, and of the others why not. */
export function decideFires(asked: FiresToDecide): Decision {
  const { due, firstDueAt, isRecorded, now, missed } = asked;
  const first = due.earlier?.from ?? due.latest[0];
  const dueAtOf = (plannedAt: number) => (plannedAt === first ? firstDueAt : plannedAt);
  const isTooLate = (plannedAt: number) =>
    missed.withinMs !== null && now - dueAtOf(plannedAt) > missed.withinMs;

  const latest = due.latest.filter((plannedAt) => !isRecorded(plannedAt));
  const wanted = latest.filter((plannedAt) => !isTooLate(plannedAt));
  const tooLate = latest.slice(0, latest.length - wanted.length);
  const missedOnes = skipped(
    unrecorded(due.earlier, isRecorded),
    tooLate,
    missedReason(missed, tooLate.length > 0),
  );
  const { outcomes, replaced } = overlapping(asked, wanted, dueAtOf);
  return { outcomes: [...missedOnes, ...outcomes], replaced };
}

/** A range is known by its first fire: one that is known already is left out of it. */
function unrecorded(
  earlier: DueFires['earlier'],
  isRecorded: FiresToDecide['isRecorded'],
): DueFires['earlier'] {
  if (earlier === null || !isRecorded(earlier.from)) return earlier;
  if (earlier.from === earlier.until) return null;
  return { ...earlier, from: earlier.from + 1, count: earlier.count === null ? null : earlier.count - 1 };
}

/** One row for all that were missed; they follow on each other. */
function skipped(earlier: DueFires['earlier'], tooLate: readonly number[], reason: string): FireOutcome[] {
  const plannedAt = earlier?.from ?? tooLate[0];
  if (plannedAt === undefined) return [];
  const untilAt = tooLate.at(-1) ?? earlier?.until ?? plannedAt;
  const before = earlier === null ? 0 : earlier.count;
  const count = before === null ? null : before + tooLate.length;
  return [{ plannedAt, ...(untilAt === plannedAt ? {} : { untilAt, count }), skipped: reason }];
}

function missedReason({ policy, upTo, withinMs }: MissedRule, isTooLate: boolean): string {
  if (isTooLate) return `missed by more than ${durationText(withinMs ?? 0)}`;
  if (policy === 'skip') return 'missed';
  return policy === 'run-once'
    ? 'missed: the latest one stands for it'
    : `missed: only the latest ${upTo} are made up for`;
}

/** Has each fire find the schedule's jobs as those before it leave them. */
function overlapping(
  { overlap, active, runsLeft }: FiresToDecide,
  wanted: readonly number[],
  dueAtOf: (plannedAt: number) => number,
): Decision {
  // The others would only be made to be replaced.
  const standing = overlap === 'replace' ? wanted.slice(-1) : wanted;
  const outcomes: FireOutcome[] = wanted
    .slice(0, wanted.length - standing.length)
    .map((plannedAt) => ({ plannedAt, skipped: 'replaced by a later fire' }));
  let made = 0;
  for (const plannedAt of standing) {
    if (made === runsLeft) break;
    const reason = made > 0 ? madeInTheWay(overlap) : inTheWay(overlap, active);
    if (reason !== null) {
      outcomes.push({ plannedAt, skipped: reason });
      continue;
    }
    outcomes.push({ plannedAt, dueAt: dueAtOf(plannedAt), job: { alone: overlap !== 'allow' } });
    made++;
  }
  return { outcomes, replaced: overlap === 'replace' && made > 0 ? active : [] };
}

/** Why the jobs that wait or run keep a fire from becoming one, if they do. */
function inTheWay(overlap: Overlap, active: readonly Job[]): string | null {
  const job =
    overlap === 'skip'
      ? active[0]
      : overlap === 'queue-one'
        ? active.find(({ state }) => state === 'PENDING')
        : undefined;
  if (job === undefined) return null;
  return `job "${job.id}" ${job.state === 'PENDING' ? 'waits' : 'runs'} still`;
}

/** The same, for a job that was just made by an earlier fire. */
function madeInTheWay(overlap: Overlap): string | null {
  return overlap === 'skip' || overlap === 'queue-one' ? 'the job of an earlier fire waits still' : null;
}

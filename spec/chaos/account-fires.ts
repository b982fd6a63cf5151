import type { RememberedFire, RememberedJob, RememberedSchedule } from './remembered.ts';
import type { Outage, Rule } from './story.ts';

const SECOND_MS = 1000;
/** A machine that has just come to itself, or is busy, takes a moment. */
const TOLERANCE_MS = 5 * SECOND_MS;

export interface FireAccount {
  /** Planned fires from the first to the cancel; of those that are drawn, as many as were looked at. */
  calledFor: number;
  onTime: number;
  /** Planned while the daemon was not there. */
  late: number;
  /** Missed ones that a late one stands for. */
  skipped: number;
  faults: string[];
}

/** What the daemon says of a schedule's fires, by when they were planned, and the jobs that it made. */
export interface Made {
  fires: readonly RememberedFire[];
  jobs: readonly RememberedJob[];
}

/**
 * Compares what became of a schedule's fires with what its rule calls for: each planned instant, from the request to
 * the cancel, is in one row; it has one job, unless it was missed and the latest one missed stands for it.
 */
export function accountFires(
  { id, anchorAt, changedAt: canceledAt }: RememberedSchedule,
  rule: Rule,
  { fires, jobs }: Made,
  outages: readonly Outage[],
): FireAccount {
  const account: FireAccount = { calledFor: 0, onTime: 0, late: 0, skipped: 0, faults: [] };
  const fault = (text: string) => account.faults.push(`schedule ${id}, "${rule.when}": ${text}`);
  let before = { plannedAt: anchorAt, madeAt: anchorAt };
  for (const [index, fire] of fires.entries()) {
    const { plannedAt, madeAt, jobId } = fire;
    const allowed = following(rule, before);
    if (!allowed.includes(plannedAt)) {
      fault(
        `after ${time(before.plannedAt)} comes ${allowed.map(time).join(' or ')}, not ${time(plannedAt)}`,
      );
    }
    if (madeAt < plannedAt) fault(`its fire of ${time(plannedAt)} was made before, at ${time(madeAt)}`);
    if (jobId === null) {
      account.skipped += countOf(fire, rule);
      for (const text of faultsOfSkipped(fire, fires[index + 1], rule)) fault(text);
    } else if (isIn(outages, plannedAt, 0)) account.late++;
    else account.onTime++;
    if ((jobId === null || madeAt - plannedAt > TOLERANCE_MS) && !isIn(outages, plannedAt, TOLERANCE_MS))
      fault(`its fire of ${time(plannedAt)} was missed although the daemon was there`);
    before = { plannedAt: fire.untilAt ?? plannedAt, madeAt };
  }
  const nextAt = Math.max(...following(rule, before));
  if (nextAt + TOLERANCE_MS < canceledAt) fault(`its fire of ${time(nextAt)} was never made`);
  for (const text of faultsOfJobs(fires, jobs)) fault(text);
  account.calledFor = account.onTime + account.late + account.skipped;
  return account;
}

/** The instants of which one is the next fire. Of drawn ones those that were missed are not known, and in no row. */
function following(
  { min, max }: Rule,
  { plannedAt, madeAt }: { plannedAt: number; madeAt: number },
): number[] {
  if (min === max) return [plannedAt + min * SECOND_MS];
  const lastPassed = plannedAt + Math.floor((madeAt - plannedAt) / SECOND_MS) * SECOND_MS;
  return Array.from({ length: max - min + 1 }, (_, index) => (min + index) * SECOND_MS).map((interval) =>
    plannedAt + interval > madeAt ? plannedAt + interval : lastPassed + interval,
  );
}

function countOf({ plannedAt, untilAt }: RememberedFire, { min }: Rule): number {
  return untilAt === null ? 1 : (untilAt - plannedAt) / (min * SECOND_MS) + 1;
}

function faultsOfSkipped(fire: RememberedFire, next: RememberedFire | undefined, rule: Rule): string[] {
  const { plannedAt, count, madeAt, reason } = fire;
  const faults: string[] = [];
  const rightCount = countOf(fire, rule);
  if ((count ?? 1) !== rightCount)
    faults.push(`from ${time(plannedAt)} it skipped ${rightCount}, not ${count ?? 1}`);
  if (reason === null) faults.push(`its fire of ${time(plannedAt)} was skipped without a reason`);
  const hasStandIn = next?.madeAt === madeAt && next.jobId !== null;
  if (!hasStandIn) faults.push(`no late fire stands for that of ${time(plannedAt)}, ${reason ?? ''}`);
  return faults;
}

/** Each job is of one fire, and each fire's job is there. */
function faultsOfJobs(fires: readonly RememberedFire[], jobs: readonly RememberedJob[]): string[] {
  const left = new Map(fires.flatMap(({ jobId, plannedAt }) => (jobId === null ? [] : [[jobId, plannedAt]])));
  const faults: string[] = [];
  for (const { id, fireAt } of jobs) {
    if (left.get(id) !== fireAt) faults.push(`job ${id} of ${time(fireAt ?? 0)} is of no fire`);
    left.delete(id);
  }
  for (const [job, plannedAt] of left)
    faults.push(`the job of its fire of ${time(plannedAt)}, ${job}, is gone`);
  return faults;
}

function isIn(outages: readonly Outage[], at: number, toleranceMs: number): boolean {
  return outages.some(({ from, until }) => at >= from - toleranceMs && at <= until + toleranceMs);
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

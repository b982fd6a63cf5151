import { exceptedDay } from './excepted.ts';
import type { Plan } from './plan.ts';
import { nextFire, type PlannedFire } from './planned-fires.ts';
import { isDrawn, type ElapsedRecurrence } from '../recurrence/recurrence.ts';
import { boundsOf } from '../time/moment.ts';
import { dayOf } from '../time/zone.ts';

const HOUR_MS = 3_600_000;

/** What fires are computed with: the instant of the request, and what draws from 0 up to, but without, 1. */
interface Counting {
  anchorAt: number;
  random: () => number;
}

/** So many fires within one hour in UTC, by its first millisecond; an hour may be told in several parts. */
export interface HourCount {
  hourAt: number;
  count: number;
}

/** Whether what is told of its fires to come is only an example. */
export function isRandom({ recurrence, jitterMs }: Plan): boolean {
  return jitterMs > 0 || isDrawn(recurrence);
}

/** The fires from `first` on, without end where the plan has none. */
export function* upcoming(
  plan: Plan,
  first: PlannedFire | null,
  { anchorAt, random }: Counting,
): Generator<PlannedFire, undefined> {
  for (let fire = first; fire !== null;) {
    yield fire;
    const { plannedAt } = fire;
    fire = nextFire(plan, { anchorAt, plannedAt, after: plannedAt, random });
  }
}

/**
 * How many fires are planned for each hour from `from` up to, but without, `to`, beginning with `first`. Intervals are
 * counted without looking at each fire; drawn ones as if each were of middle length. The others are told one by one, so
 * that the caller can let go of the event loop in between.
 */
export function* countsPerHour(
  plan: Plan,
  first: PlannedFire | null,
  { from, to, anchorAt, random }: Counting & { from: number; to: number },
): Generator<HourCount, undefined> {
  if (first === null) return;
  const { plannedAt } = first;
  const begin = plannedAt >= from ? first : nextFire(plan, { anchorAt, plannedAt, after: from - 1, random });
  const end = Math.min(to, (plan.untilAt ?? to) + 1);
  if (plan.recurrence.kind === 'elapsed') {
    if (begin !== null) yield* countElapsed(plan, plan.recurrence, begin.plannedAt, end);
    return;
  }
  for (const fire of upcoming({ ...plan, jitterMs: 0 }, begin, { anchorAt, random })) {
    if (fire.plannedAt >= end) return;
    yield { hourAt: hourOf(fire.plannedAt), count: 1 };
  }
}

function* countElapsed(
  plan: Plan,
  { min, max, unitMs }: ElapsedRecurrence,
  begin: number,
  end: number,
): Generator<HourCount, undefined> {
  const intervalMs = ((min + max) / 2) * unitMs;
  const countTo = (at: number, to: number): number => Math.ceil((to - at) / intervalMs);
  for (let at = begin; at < end;) {
    const day = exceptedDay(plan, at);
    const hourAt = hourOf(at);
    const partEnd = day === null ? Math.min(hourAt + HOUR_MS, end, endOfDay(plan, at)) : day.last + 1;
    const count = countTo(at, partEnd);
    if (day === null) yield { hourAt, count };
    at += count * intervalMs;
  }
}

/** Where a day without fires may begin. */
function endOfDay({ except, zone }: Plan, at: number): number {
  if (except.size === 0) return Infinity;
  return Math.max(at, boundsOf(dayOf(at, zone), zone).last) + 1;
}

function hourOf(at: number): number {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

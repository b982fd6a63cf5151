import { UserError } from '../../errors.ts';
import { nextFire, type PlannedFire } from './planned-fires.ts';
import type { Plan } from './plan.ts';
import { isDrawn } from '../recurrence/recurrence.ts';
import type { Schedule } from '../schedule.ts';
import { countsPerHour, isRandom, upcoming, type HourCount } from './upcoming.ts';

const HOUR_MS = 3_600_000;
/** So many fires are told one by one. */
const MOST_FIRES = 1000;

/** From the first instant up to, but without, the second, in milliseconds since the epoch. */
export interface Window {
  from: number;
  to: number;
}

/** What will fire, in the order of time: each fire, or how many there are in each hour that has any. */
export type Timeline =
  | { fires: readonly { at: number; schedule: Schedule; approximate: boolean }[] }
  | { hours: readonly HourCount[] };

interface Options extends Window {
  /** Those in state SCHEDULED; it is called once or twice. */
  schedules: () => Iterable<Schedule>;
  /** Null for a schedule that cannot be read. */
  planOf: (schedule: Schedule) => Plan | null;
  random: () => number;
  /** Whether it has been given all the time that there is for it. */
  isTooLong: () => boolean;
}

/**
 * What will fire in a window. It is a long work: each step is a short part of it, so that others have their turn in
 * between, and the last one has the result.
 * @throws UserError `invalid` when it takes too long
 */
export function* timeline(options: Options): Generator<undefined, Timeline> {
  const fires: { at: number; schedule: Schedule; approximate: boolean }[] = [];
  for (const schedule of options.schedules()) {
    yield;
    const plan = options.planOf(schedule);
    if (plan === null) continue;
    for (const fire of firesBetween(schedule, plan, options)) {
      yield;
      if (fire === null) continue;
      if (fires.length === MOST_FIRES) return { hours: yield* countedHours(options) };
      fires.push({ ...fire, schedule });
    }
  }
  return { fires: fires.sort((a, b) => a.at - b.at) };
}

function* countedHours(options: Options): Generator<undefined, HourCount[]> {
  const totals = new Map<number, number>();
  const add = ({ hourAt, count }: HourCount) => {
    if (count > 0) totals.set(hourAt, (totals.get(hourAt) ?? 0) + count);
  };
  /** Many schedules have the same plan: what follows its next fire is counted once. */
  const known = new Map<string, readonly HourCount[]>();
  for (const schedule of options.schedules()) {
    yield;
    const plan = options.planOf(schedule);
    if (plan === null) continue;
    const key = keyOf(schedule, plan);
    const same = key === null ? undefined : known.get(key);
    const counted: HourCount[] = [];
    const own = countsBetween(schedule, plan, options);
    for (const part of same ?? own) {
      if (same === undefined) {
        yield;
        if (options.isTooLong()) throw tooMuch(options);
        counted.push(part);
      }
      add(part);
    }
    if (key !== null && same === undefined) known.set(key, counted);
  }
  return [...totals].map(([hourAt, count]) => ({ hourAt, count })).sort((a, b) => a.hourAt - b.hourAt);
}

/**
 * Those with the same key have the same fires; null where that is not known, or where counting is soon done. After a
 * planned fire a time of day is the same whatever the request was; where it is the request's own, a gap may hide it.
 */
function keyOf({ rules, anchorAt, plannedAt, nextFireAt }: Schedule, plan: Plan): string | null {
  const { recurrence, except } = plan;
  if (rules.maxRuns !== null || recurrence.kind === 'elapsed' || isDrawn(recurrence)) return null;
  const time = 'at' in recurrence && recurrence.at === null ? anchorAt : null;
  return JSON.stringify([{ ...plan, except: [...except] }, plannedAt, nextFireAt, time]);
}

/** The fires of a schedule in a window; null stands for one before it. What is drawn later is only planned yet. */
function* firesBetween(
  schedule: Schedule,
  plan: Plan,
  { from, to, random }: Window & { random: () => number },
): Generator<{ at: number; approximate: boolean } | null, undefined> {
  const { anchorAt, nextFireAt } = schedule;
  if (nextFireAt === null || nextFireAt >= to) return;
  let left = runsLeft(schedule) - 1;
  yield nextFireAt < from ? null : { at: nextFireAt, approximate: false };
  // Those before the window matter only where their number does.
  const second = secondFire(schedule, plan, { after: left === Infinity ? from - 1 : 0, random });
  for (const { plannedAt: at } of upcoming({ ...plan, jitterMs: 0 }, second, { anchorAt, random })) {
    if (at >= to || left <= 0) return;
    left -= 1;
    yield at < from ? null : { at, approximate: isRandom(plan) };
  }
}

/** How many fires of a schedule each hour of a window has, in parts. */
function* countsBetween(
  schedule: Schedule,
  plan: Plan,
  { from, to, random }: Window & { random: () => number },
): Generator<HourCount, undefined> {
  const { anchorAt, nextFireAt } = schedule;
  if (nextFireAt === null || nextFireAt >= to) return;
  let left = runsLeft(schedule) - 1;
  yield { hourAt: Math.floor(nextFireAt / HOUR_MS) * HOUR_MS, count: nextFireAt < from ? 0 : 1 };
  const second = secondFire(schedule, plan, { after: 0, random });
  if (second === null) return;
  const counting = { anchorAt, random };
  if (left < Infinity) {
    for (const { hourAt, count } of countsPerHour(plan, second, {
      from: second.plannedAt,
      to: from,
      ...counting,
    })) {
      left -= count;
      yield { hourAt, count: 0 };
      if (left <= 0) return;
    }
  }
  for (const { hourAt, count } of countsPerHour(plan, second, { from, to, ...counting })) {
    if (left <= 0) return;
    yield { hourAt, count: Math.min(count, left) };
    left -= count;
  }
}

/** The fire after the next one, and after `after`. */
function secondFire(
  { anchorAt, plannedAt }: Schedule,
  plan: Plan,
  { after, random }: { after: number; random: () => number },
): PlannedFire | null {
  const counting = { anchorAt, plannedAt, after: Math.max(after, plannedAt), random };
  return nextFire({ ...plan, jitterMs: 0 }, counting);
}

function runsLeft({ rules, runs }: Schedule): number {
  return rules.maxRuns === null ? Infinity : rules.maxRuns - runs;
}

function tooMuch({ from, to }: Window): UserError {
  const hours = Math.round((to - from) / HOUR_MS);
  return new UserError(
    'invalid',
    `It takes too long to count all fires within "${hours}" hours: ask for a shorter time.`,
  );
}

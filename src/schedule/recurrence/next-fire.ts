import { backwardsOnCalendar, calendarFrom, firstOnCalendar, nextOnCalendar } from './calendar.ts';
import { lastByCron, nextByCron } from './cron.ts';
import { elapsedFrom, firstElapsed, lastElapsed, nextElapsed } from './elapsed.ts';
import { instantOfOnce } from './once.ts';
import type { NextFire, Origin, Recurrence } from './recurrence.ts';
import { lastByWords, nextByWords } from './words.ts';

/** The first fire of a schedule that is requested at `anchorAt`, always later than that; null when there is none. */
export function firstOf(recurrence: Recurrence, origin: Origin, random: () => number): number | null {
  const { anchorAt, fromAt } = origin;
  if (fromAt !== null) {
    const begin = beginOf(recurrence, origin, fromAt);
    if (begin === null || begin > anchorAt) return begin;
    return nextOf(recurrence, { ...origin, plannedAt: begin, after: anchorAt, random });
  }
  switch (recurrence.kind) {
    case 'elapsed':
      return laterThan(anchorAt, firstElapsed(recurrence, origin, random));
    case 'days':
    case 'weekday':
      return laterThan(anchorAt, firstOnCalendar(recurrence, origin, random));
    default:
      return occurrenceAfter(recurrence, origin, anchorAt);
  }
}

/** The first fire at or after `fromAt`, where counting begins; null when there is none. */
export function beginOf(recurrence: Recurrence, origin: Origin, fromAt: number): number | null {
  switch (recurrence.kind) {
    case 'elapsed':
      return laterThan(fromAt - 1, elapsedFrom(recurrence, fromAt, origin.zone));
    case 'days':
    case 'weekday':
      return laterThan(fromAt - 1, calendarFrom(recurrence, origin, fromAt));
    default:
      return occurrenceAfter(recurrence, origin, fromAt - 1);
  }
}

/**
 * The first fire after `after`, counted from the planned one and not from when that was made, so that nothing
 * drifts; null when there is none. Fires missed in between are passed over, in constant time. Where the interval is
 * drawn and fires were missed, the last whole unit that has passed counts as the last fire.
 */
export function nextOf(recurrence: Recurrence, next: NextFire): number | null {
  const after = Math.max(next.after, next.plannedAt);
  switch (recurrence.kind) {
    case 'elapsed':
      return laterThan(after, nextElapsed(recurrence, { ...next, after }));
    case 'days':
    case 'weekday':
      return laterThan(after, nextOnCalendar(recurrence, { ...next, after }));
    default:
      return occurrenceAfter(recurrence, next, after);
  }
}

/**
 * The fires by `by`, the last one first, of those that are counted from `plannedAt`; also such as are earlier than
 * that. Not for intervals that are drawn.
 */
export function backwardsOf(
  recurrence: Recurrence,
  origin: Origin & { plannedAt: number },
  by: number,
): Iterable<number> {
  switch (recurrence.kind) {
    case 'elapsed': {
      const interval = recurrence.min * recurrence.unitMs;
      return stepsBack(by, (until) => lastElapsed(interval, origin.plannedAt, until));
    }
    case 'days':
    case 'weekday':
      return backwardsOnCalendar(recurrence, origin, by);
    case 'cron':
      return stepsBack(by, (until) => lastByCron(recurrence, until, origin.zone));
    case 'words':
      return stepsBack(by, (until) => lastByWords(recurrence, until, origin.zone));
    case 'once':
      return [];
  }
}

function* stepsBack(by: number, lastBy: (until: number) => number | null): Generator<number, undefined> {
  for (let at = lastBy(by); at !== null; at = lastBy(at - 1)) yield at;
}

/** Of a recurrence whose fires depend on none before. */
function occurrenceAfter(
  recurrence: Extract<Recurrence, { kind: 'cron' | 'words' | 'once' }>,
  origin: Origin,
  after: number,
): number | null {
  const next = anyAfter(recurrence, origin, after);
  return next === null ? null : laterThan(after, next);
}

function anyAfter(
  recurrence: Extract<Recurrence, { kind: 'cron' | 'words' | 'once' }>,
  origin: Origin,
  after: number,
): number | null {
  switch (recurrence.kind) {
    case 'cron':
      return nextByCron(recurrence, after, origin.zone);
    case 'words':
      return nextByWords(recurrence, after, origin.zone);
    case 'once': {
      const at = instantOfOnce(recurrence, origin);
      return at > after ? at : null;
    }
  }
}

/** A fire that is not later than the one before would be made again and again, as fast as the machine can. */
function laterThan(after: number, at: number): number {
  if (at > after) return at;
  throw new Error(`the next fire, ${at}, is not later than ${after}`);
}

import later from '@breejs/later';
import { Temporal } from 'temporal-polyfill';
import { Recent } from '../recent.ts';
import { instantOf, wallClock } from '../time/zone.ts';
import type { WordsRecurrence } from './recurrence.ts';

// Its local time is broken where clocks change, so it is asked about what the clocks show, as if that were in UTC.
later.date.UTC();

const SECOND_MS = 1000;

interface Reader {
  schedule: ReturnType<typeof later.schedule>;
  /** How many parts the text has that say when: `at 10:00 also at 12:00` has two. */
  parts: number;
}

const readers = new Recent<Reader>(100);

/** The first fire later than `after`; null when there is none. */
export function nextByWords({ text }: WordsRecurrence, after: number, zone: string): number | null {
  const { schedule, parts } = readerOf(text);
  const from = wholeSecond(shownBy(after, zone));
  // The second that it is asked from is told too, once for each part, if it lies within a minute or a day that is wanted.
  const next = datesOf(schedule.next(parts + 1, new Date(from))).find((shown) => shown > from);
  return next !== undefined && isFire(schedule, next) ? instantShowing(next, zone) : null;
}

/** The last fire by `by`; null when there is none. */
export function lastByWords({ text }: WordsRecurrence, by: number, zone: string): number | null {
  const { schedule, parts } = readerOf(text);
  const until = wholeSecond(shownBy(by, zone));
  const last = Math.max(...datesOf(schedule.prev(parts, new Date(until))));
  // Looking back from the march of a year such as 2100 it may find a day to come.
  return Number.isFinite(last) && last <= until && isFire(schedule, last) ? instantShowing(last, zone) : null;
}

function readerOf(text: string): Reader {
  return readers.get(text, () => {
    const parsed = later.parse.text(text);
    return { schedule: later.schedule(parsed), parts: parsed.schedules.length };
  });
}

/** When its search leads nowhere it gives up with any date, which it does not know itself when it is asked from there. */
function isFire(schedule: Reader['schedule'], shown: number): boolean {
  return datesOf(schedule.next(1, new Date(shown)))[0] === shown;
}

/** Several, one alone, or `NOT_FOUND`. */
function datesOf(answer: Date | Date[] | 0): number[] {
  return [answer].flat().flatMap((date) => (date === 0 ? [] : [date.getTime()]));
}

/** The second of 1970 that `later` takes for no date at all is told by its next millisecond. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / SECOND_MS) * SECOND_MS || 1;
}

/** The furthest that the clocks have shown by an instant, as if it were in UTC. */
function shownBy(at: number, zone: string): number {
  const wall = wallClock(at, zone);
  const shown = inUtc(wall);
  if (instantOf(wall.toPlainDate(), wall.toPlainTime(), zone) === at) return shown;
  // The clocks were set back, perhaps at this very instant, and show this for the second time.
  const change = Temporal.Instant.fromEpochMilliseconds(at + 1)
    .toZonedDateTimeISO(zone)
    .getTimeZoneTransition('previous');
  return change === null ? shown : inUtc(wallClock(change.epochMilliseconds - 1, zone));
}

function inUtc(wall: Temporal.PlainDateTime): number {
  return wall.toZonedDateTime('UTC').epochMilliseconds;
}

function instantShowing(shown: number, zone: string): number {
  const wall = wallClock(shown, 'UTC');
  return instantOf(wall.toPlainDate(), wall.toPlainTime(), zone);
}

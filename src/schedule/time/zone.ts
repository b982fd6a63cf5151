import { Temporal } from 'temporal-polyfill';

/** What the clocks on the wall of a zone show at an instant (milliseconds since the epoch). */
export function wallClock(at: number, zone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime();
}

/**
 * When the clocks on the wall of a zone show this date and time, in milliseconds since the epoch: the first
 * instant after the gap if they skip it, the earlier one if they show it twice.
 */
export function instantOf(date: Temporal.PlainDate, time: Temporal.PlainTime, zone: string): number {
  const wanted = date.toPlainDateTime(time);
  const earlier = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(wanted)) return earlier.epochMilliseconds;
  // In a gap `earlier` lies before it, as far from the wanted time as the gap is long: the gap is what comes next.
  const gap = earlier.getTimeZoneTransition('next');
  if (gap === null)
    throw new Error(`the zone "${zone}" skips ${wanted.toString()} but has no transition there`);
  return gap.epochMilliseconds;
}

/** The day that the clocks of a zone show at an instant, such as `2026-12-24`. */
export function dayOf(at: number, zone: string): string {
  return wallClock(at, zone).toPlainDate().toString();
}

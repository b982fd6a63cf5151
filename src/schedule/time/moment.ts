import { Temporal } from 'temporal-polyfill';
import { instantOf } from './zone.ts';

/**
 * A date as people write it, perhaps with a time of day: on the clocks of the schedule's zone, or with an offset, which
 * makes it an instant (milliseconds since the epoch).
 */
export type Moment =
  | {
      /** ISO 8601, such as `2026-12-24`. */
      date: string;
      /** ISO 8601, such as `10:00:00`; null where only the day is meant. */
      time: string | null;
    }
  | { instant: number };

/** The first millisecond that is meant. */
export function startOf(moment: Moment, zone: string): number {
  if ('instant' in moment) return moment.instant;
  return instantOf(
    Temporal.PlainDate.from(moment.date),
    Temporal.PlainTime.from(moment.time ?? '00:00'),
    zone,
  );
}

/** The last millisecond that is meant: that of the day, where only a day is. */
export function endOf(moment: Moment, zone: string): number {
  if ('instant' in moment || moment.time !== null) return startOf(moment, zone);
  const nextDay = Temporal.PlainDate.from(moment.date).add({ days: 1 });
  return instantOf(nextDay, Temporal.PlainTime.from('00:00'), zone) - 1;
}

/** As it could be written. */
export function momentText(moment: Moment): string {
  if ('instant' in moment) return new Date(moment.instant).toISOString();
  return moment.time === null ? moment.date : `${moment.date} ${moment.time}`;
}

/** The last millisecond before a day (`2026-12-24`) on the clocks of a zone, and the last of the day. */
export function boundsOf(date: string, zone: string): { before: number; last: number } {
  const day = { date, time: null };
  return { before: startOf(day, zone) - 1, last: endOf(day, zone) };
}

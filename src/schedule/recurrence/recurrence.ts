import type { Moment } from '../time/moment.ts';

/** Hour 0-23, minute 0-59 and second 0-59 on the wall clock. */
export interface TimeOfDay {
  hour: number;
  minute: number;
  second?: number;
}

/** Every `min` to `max` units of elapsed time (seconds, minutes, hours), whatever the clocks on the wall do. */
export interface ElapsedRecurrence {
  kind: 'elapsed';
  unitMs: number;
  min: number;
  max: number;
  /** Minute of the hour, in the schedule's zone, on which the first fire falls; only with hours. */
  atMinute: number | null;
}

/** Every `min` to `max` days or weeks on the calendar of the schedule's zone. */
export interface DaysRecurrence {
  kind: 'days';
  unitDays: 1 | 7;
  min: number;
  max: number;
  /** Null keeps the time of day of the request. */
  at: TimeOfDay | null;
}

/** Every such day of the week, in the schedule's zone. */
export interface WeekdayRecurrence {
  kind: 'weekday';
  /** 1 is monday, 7 is sunday. */
  weekday: number;
  /** Null keeps the time of day of the request. */
  at: TimeOfDay | null;
}

/** What a cron pattern says, as croner reads it. */
export interface CronRecurrence {
  kind: 'cron';
  /** Five or six fields, or a word such as `@daily`. */
  pattern: string;
}

/** What a calendar text says, as `later` reads it; on the clocks of the schedule's zone. */
export interface WordsRecurrence {
  kind: 'words';
  /** In the text grammar of `later`, known to be read without loss. */
  text: string;
}

/** One fire. */
export interface OnceRecurrence {
  kind: 'once';
  /** When, or how long after the request. */
  at: Moment | { afterMs: number };
}

export type Recurrence =
  ElapsedRecurrence | DaysRecurrence | WeekdayRecurrence | CronRecurrence | WordsRecurrence | OnceRecurrence;

/** Where fires are counted from. Times are milliseconds since the epoch. */
export interface Origin {
  /** The instant of the request: its time of day and its phase are kept. */
  anchorAt: number;
  /** Where counting begins instead, and no fire is earlier. */
  fromAt: number | null;
  /** IANA name of the schedule's zone. */
  zone: string;
}

/** What a next fire depends on. */
export interface NextFire extends Origin {
  /** The fire that was made or is being made. */
  plannedAt: number;
  /** The fires up to this instant are past, made or missed. */
  after: number;
  /** A number from 0 up to, but without, 1. */
  random: () => number;
}

/** Whether the distance to the next fire is drawn anew each time. */
export function isDrawn(recurrence: Recurrence): boolean {
  return (recurrence.kind === 'elapsed' || recurrence.kind === 'days') && recurrence.min !== recurrence.max;
}

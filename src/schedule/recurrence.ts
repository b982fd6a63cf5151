/** Hour 0-23 and minute 0-59 on the wall clock. */
export interface TimeOfDay {
  hour: number;
  minute: number;
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

export type Recurrence = ElapsedRecurrence | DaysRecurrence | WeekdayRecurrence;

/** What a first fire depends on. Times are milliseconds since the epoch. */
export interface FirstFire {
  /** The instant of the request. */
  at: number;
  /** IANA name of the schedule's zone. */
  zone: string;
  /** A number from 0 up to, but without, 1. */
  random: () => number;
}

/** What a next fire depends on. Times are milliseconds since the epoch. */
export interface NextFire {
  /** The instant of the request: its time of day and its phase are kept. */
  anchorAt: number;
  /** The fire that was made or is being made. */
  plannedAt: number;
  /** The fires up to this instant are past, made or missed. */
  after: number;
  /** IANA name of the schedule's zone. */
  zone: string;
  /** A number from 0 up to, but without, 1. */
  random: () => number;
}

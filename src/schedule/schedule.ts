import type { Job, JobRequest } from '../jobs/job.ts';

/** A canceled schedule makes no more jobs; it is kept to be listed. */
export type ScheduleState = 'SCHEDULED' | 'CANCELED';

/** A recurrence that makes jobs. Times are milliseconds since the epoch. */
export interface Schedule {
  /** UUID. */
  id: string;
  /** Order of arrival, unique for ever. */
  seq: number;
  /** The spec as it was given, such as `every 10 minutes`. */
  when: string;
  /** What each job runs. */
  request: JobRequest;
  /** IANA name of the time zone of its days and hours; null means the daemon's. */
  zone: string | null;
  actor: 'USER';
  state: ScheduleState;
  /** The instant of the request: its time of day and its phase are kept. */
  anchorAt: number;
  /** Null once canceled. */
  nextFireAt: number | null;
  createdAt: number;
  /** When its state last changed. */
  changedAt: number;
}

/** One fire to be made, and the one to follow. */
export interface Fire {
  scheduleId: string;
  /** When it was due: with the schedule, its name for ever. */
  fireAt: number;
  nextFireAt: number;
  now: number;
}

/**
 * What the scheduler needs remembered. Every call is one transaction, on disk when it returns.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface ScheduleStore {
  /** The schedules in state SCHEDULED. */
  scheduled(): Iterable<Schedule>;
  schedule(id: string): Schedule | null;
  /**
   * Makes the PENDING job of a fire (its actor is SCHEDULER) and moves the schedule's `nextFireAt`. Null, and
   * nothing changed, when the schedule is no longer SCHEDULED. Null, and `nextFireAt` moved all the same, when
   * this fire was made before.
   */
  fire(fire: Fire): Job | null;
  /** Moves `nextFireAt` without a fire. Nothing happens when the schedule is no longer SCHEDULED. */
  moveNextFire(id: string, at: number): void;
}

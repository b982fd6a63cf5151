import type { JobRequest } from '../jobs/job.ts';

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

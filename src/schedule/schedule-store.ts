import type { Job, JobRequest } from '../jobs/job.ts';
import type { Projects } from '../jobs/job-store.ts';
import type { Schedule, ScheduleState } from './schedule.ts';

/** A schedule to be made. */
export interface NewSchedule {
  when: string;
  request: JobRequest;
  nextFireAt: number;
}

/** Which schedules a list is about; a missing field does not filter. */
export interface ScheduleFilter {
  state: ScheduleState;
  project?: Projects;
  spider?: string;
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
export interface FireStore {
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

/**
 * What is remembered of schedules. Every call is one transaction, on disk when it returns.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface ScheduleStore extends FireStore {
  /** @throws UserError `not-found` when the project has no such spider */
  addSchedule(schedule: NewSchedule, now: number): Schedule;
  /** @throws Error when it is not SCHEDULED */
  cancelSchedule(id: string, now: number): Schedule;
  /** The last changed first. */
  listSchedules(filter: ScheduleFilter): Schedule[];
  /** How many are SCHEDULED, of these projects or of all. */
  scheduleCount(project?: Projects): number;
  /** Forgets canceled schedules but the last `keep`. */
  removeCanceledSchedules(keep: number): void;
}

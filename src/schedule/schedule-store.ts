import type { Job, JobRequest } from '../jobs/job.ts';
import type { Projects } from '../jobs/job-store.ts';
import type { FireOutcome, FireRecord } from './fires/fire.ts';
import type { PlannedFire } from './plan/planned-fires.ts';
import type { Schedule, ScheduleRules, ScheduleState } from './schedule.ts';

/** A schedule to be made. */
export interface NewSchedule {
  when: string;
  rules: ScheduleRules;
  request: JobRequest;
  next: PlannedFire;
}

/** What is changed of a schedule; a missing field stays. */
export type ScheduleChange = Partial<
  Pick<Schedule, 'when' | 'rules' | 'request' | 'state' | 'reason' | 'anchorAt' | 'plannedAt' | 'nextFireAt'>
>;

/** Which schedules a list is about; a missing field does not filter. */
export interface ScheduleFilter {
  states: readonly ScheduleState[];
  project?: Projects;
  spider?: string;
}

/** A part of a list that is ordered by `seq`. */
export interface SeqPage {
  after: number;
  limit: number;
}

/** A place in a list: enough to sort by, and to fetch the schedule later. */
export interface ScheduleRef {
  changedAt: number;
  scheduleSeq: number;
}

/** When a schedule fires next. */
export interface ExpectedFire {
  id: string;
  seq: number;
  /** Milliseconds since the epoch. */
  nextFireAt: number;
}

/** What became of the fires of a schedule that were due, and the one to follow. */
export interface MadeFires {
  schedule: Pick<Schedule, 'id' | 'seq' | 'request'>;
  outcomes: readonly FireOutcome[];
  /** The next fire, or why there is none. */
  next: PlannedFire | { ended: string };
  now: number;
}

/**
 * What the scheduler needs remembered. Every call is one transaction, on disk when it returns but for those inside
 * {@link FireStore.unsynced}.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface FireStore {
  /**
   * Makes one transaction of all the calls in it, which the disk has only once {@link FireStore.sync} has resolved: for what
   * nobody was told of, so that a power cut may take it back. It is there before whatever is written later.
   */
  unsynced<T>(work: () => T): T;
  /**
   * Resolves when all that was written before is on disk.
   * @throws UserError `storage-full`
   */
  sync(): Promise<void>;
  /** When the schedules in state SCHEDULED fire next: a page of them, by their `seq`, after the one at `after`. */
  expected(page: SeqPage): ExpectedFire[];
  /** The same schedules with all that is known of them. */
  scheduled(page: SeqPage): Schedule[];
  schedule(id: string): Schedule | null;
  /** The jobs of a schedule that wait or run, the oldest first. */
  activeOf(scheduleId: string): Job[];
  /** Whether it is known what became of a fire: after the wall clock was stepped back, fires come again. */
  isRecorded(schedule: Pick<Schedule, 'id' | 'seq'>, plannedAt: number): boolean;
  /**
   * Records what became of fires, makes the PENDING jobs of those that are to be made (their actor is SCHEDULER) and
   * moves the schedule on. A fire that was recorded before makes nothing again.
   * @returns the jobs that were made
   */
  makeFires(made: MadeFires): Job[];
  /** See {@link ScheduleStore.changeSchedule}. */
  changeSchedule(id: string, change: ScheduleChange, now: number): Schedule;
}

/**
 * What is remembered of schedules. Every call is one transaction, on disk when it returns but for those inside
 * {@link FireStore.unsynced}.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface ScheduleStore extends FireStore {
  /** See JobStore. */
  afterCommit(act: () => void): void;
  /** @throws UserError `not-found` when the project has no such spider */
  addSchedule(schedule: NewSchedule, now: number): Schedule;
  /**
   * A change of its state is dated `now`.
   * @throws UserError `not-found` when the project has no spider such as the changed request wants
   */
  changeSchedule(id: string, change: ScheduleChange, now: number): Schedule;
  /** Names of the schedules that the filter meets, the last changed first; cheap enough to be taken whole. */
  listSchedules(filter: ScheduleFilter): ScheduleRef[];
  /** The named schedules that still exist, in the order given. */
  schedules(refs: readonly ScheduleRef[]): Schedule[];
  /** A page of schedules, the newest first; only those older than `before`, by their `seq`. */
  schedulesPage(filter: ScheduleFilter, page: { before?: number; limit: number }): Schedule[];
  /** A page of what became of a schedule's fires, the last planned first; only those planned before `before`. */
  fires(scheduleId: string, page: { before?: number; limit: number }): FireRecord[];
  /** How many are SCHEDULED, of these projects or of all. */
  scheduleCount(project?: Projects): number;
  /** Forgets schedules that are CANCELED or ENDED, but the last `keep`. */
  removeOverSchedules(keep: number): void;
  /**
   * Forgets all fires but the last `keep` of each of up to `limit` schedules, from the one after `after` on.
   * @returns the `seq` of the last of them; null when there are no more
   */
  removeOldFires(keep: number, page: SeqPage): number | null;
}

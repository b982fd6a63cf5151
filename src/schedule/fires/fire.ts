import type { JobState } from '../../jobs/job.ts';

/** What is to become of a fire, or of several in a row. Times are milliseconds since the epoch. */
export type FireOutcome =
  | {
      plannedAt: number;
      dueAt: number;
      /** A job; `alone`: it waits until no other job of the schedule runs. */
      job: { alone: boolean };
    }
  | {
      plannedAt: number;
      /** The last of several. */
      untilAt?: number;
      /** How many they are, where that is known. */
      count?: number | null;
      /** Why there is no job. */
      skipped: string;
    };

/** What became of a fire. Times are milliseconds since the epoch. */
export interface FireRecord {
  plannedAt: number;
  /** The last of several that it stands for; null for one. */
  untilAt: number | null;
  /** How many it stands for; null where that is not known. */
  count: number | null;
  /** When it was decided. */
  madeAt: number;
  /** How late that was; null where no job was made. */
  lateMs: number | null;
  /** The job that was made; its state is null once it is removed. */
  job: { id: string; state: JobState | null } | null;
  /** Why there is no job. */
  reason: string | null;
}

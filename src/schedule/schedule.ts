import type { JobRequest } from '../jobs/job.ts';

/**
 * What a schedule is about to do.
 *
 * - `SCHEDULED`: it fires
 * - `PAUSED`: somebody has halted it; it can be resumed
 * - `FAULTY`: this release cannot read its spec or its rules; `reason` says why. It is halted until it is edited
 * - `ENDED`: it has no more fires; `reason` says why
 * - `CANCELED`: somebody has ended it
 *
 * The last two make no more jobs and are kept to be listed.
 */
export const SCHEDULE_STATES = ['SCHEDULED', 'PAUSED', 'FAULTY', 'ENDED', 'CANCELED'] as const;
export type ScheduleState = (typeof SCHEDULE_STATES)[number];

/** Those of the states in which a schedule may fire again. */
export const LIVE_STATES = ['SCHEDULED', 'PAUSED', 'FAULTY'] as const satisfies readonly ScheduleState[];

/** What becomes of a fire while a job of the same schedule waits or runs. */
export const OVERLAPS = ['allow', 'skip', 'queue-one', 'replace'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What was asked of a schedule beside its spec; texts are as they were given, null where nothing was. */
export interface ScheduleRules {
  /** IANA name of the time zone of its days and hours; null means the daemon's. */
  zone: string | null;
  /** No fire is earlier: `2026-12-01`, `2026-12-01 10:00`. */
  from: string | null;
  /** No fire is later; a date alone means the end of that day. */
  until: string | null;
  /** Days without a fire: `2026-12-24, 2026-12-25`. */
  except: string | null;
  /** Each fire is put off by up to so long: `90s`. */
  jitter: string | null;
  overlap: Overlap;
  /** See `parseMissed`: `run-once`, `skip`, `run-all up to 20 within 2 hours`. */
  missed: string;
  /** How many fires may become jobs. */
  maxRuns: number | null;
}

/** The rules of a schedule that was given none. */
export const NO_RULES: ScheduleRules = {
  zone: null,
  from: null,
  until: null,
  except: null,
  jitter: null,
  overlap: 'allow',
  missed: 'run-once',
  maxRuns: null,
};

/** A recurrence that makes jobs. Times are milliseconds since the epoch. */
export interface Schedule {
  /** UUID. */
  id: string;
  /** Order of arrival, unique for ever. */
  seq: number;
  /** The spec as it was given, such as `every 10 minutes`. */
  when: string;
  rules: ScheduleRules;
  /** What each job runs. */
  request: JobRequest;
  actor: 'USER';
  state: ScheduleState;
  /** Why it is FAULTY or has ENDED. */
  reason: string | null;
  /** The instant of the request, or of the last change of its times: its time of day and its phase are kept. */
  anchorAt: number;
  /** The next fire as the spec has it; that of the last plan, where none is to come. */
  plannedAt: number;
  /** When that is to be made: somewhat later where there is jitter. Null unless SCHEDULED. */
  nextFireAt: number | null;
  /** How many of its fires have become jobs. */
  runs: number;
  createdAt: number;
  /** When its state last changed. */
  changedAt: number;
}

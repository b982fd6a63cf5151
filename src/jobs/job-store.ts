import type { Actor, Exit, Job, JobRequest, JobState, ProcessIdentity, Stop } from './job.ts';

/** A job to be made. */
export interface NewJob {
  request: JobRequest;
  actor: Actor;
}

/** What a change of state writes beside the state. */
export interface StateChange {
  versionId?: number | null;
  startedAt?: number | null;
  finishedAt?: number;
  process?: ProcessIdentity | null;
  exit?: Exit;
  /** Bytes of logs and items that the job leaves. */
  outputBytes?: number;
}

/** Totals since the store was first set up; removed jobs stay counted. */
export interface JobCounts {
  run: number;
  successful: number;
  failed: number;
  /** Canceled while they ran, as Scrapy Do counts. */
  canceled: number;
}

/** Which jobs a list is about; a missing field does not filter. */
export interface JobFilter {
  states: readonly JobState[];
  project?: string;
  spider?: string;
}

/** What is left of finished jobs, and no more; a missing field does not limit. */
export interface KeepLimits {
  count: number;
  /** Milliseconds since the job ended. */
  ageMs?: number;
  /** Logs and items together. */
  bytes?: number;
}

/**
 * What is remembered of jobs. Every call is one transaction, on disk when it returns.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface JobStore {
  /** @throws UserError `not-found` when the project has no such spider. */
  addJob(job: NewJob, now: number): Job;
  job(id: string): Job | null;
  /** First of the queue: the highest priority, then the oldest. */
  nextPending(): Job | null;
  running(): Job[];
  /** @throws Error when the transition is not allowed, or the job is gone. */
  changeState(id: string, to: JobState, change: StateChange, now: number): Job;
  setProcess(id: string, process: ProcessIdentity): void;
  setStop(id: string, stop: Stop): void;
  counts(): JobCounts;
  /** Names of the jobs that the filter meets, the last changed first; cheap enough to be taken whole. */
  listJobs(filter: JobFilter): JobRef[];
  /** The named jobs that still exist, in the order given. */
  jobs(refs: readonly JobRef[]): Job[];
  /** Ids of up to `limit` finished jobs beyond the limits, the oldest first. */
  finishedBeyond(limits: KeepLimits, now: number, limit: number): string[];
  /** Forgets finished jobs. */
  removeJobs(ids: readonly string[]): void;
}

/** A place in a list: enough to sort by, and to fetch the job later. */
export interface JobRef {
  changedAt: number;
  seq: number;
}

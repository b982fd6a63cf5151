import type { Json } from '../json-text.ts';
import type {
  Actor,
  Actors,
  Exit,
  Job,
  JobRequest,
  JobState,
  Meta,
  ProcessIdentity,
  Stop,
  Totals,
} from './job.ts';

/** A job to be made. */
export interface NewJob {
  request: JobRequest;
  actor: Actor;
  /** What it is to be called beside its UUID; missing: the UUID's hex digits. */
  jobid?: string;
  /** Who asked for it. */
  by?: string;
  meta?: Meta;
  /** Of the active jobs of a project only one may have it. */
  uniqueKey?: string;
  /** The schedule that makes it. */
  scheduleId?: string;
  /** Whether it waits until no other job of its schedule runs. */
  alone?: boolean;
  /** Whether the spider may be one that no version of the project has, or not yet. */
  anySpider?: boolean;
}

/** What a change of state writes beside the state. */
export interface StateChange {
  versionId?: number | null;
  startedAt?: number | null;
  finishedAt?: number;
  process?: ProcessIdentity | null;
  exit?: Exit;
  external?: boolean;
  closeReason?: string | null;
  totals?: Totals;
  /** Added to those that are known. */
  actors?: Actors;
  deletedAt?: number;
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

/** The one project that is asked about, or several, of which there may be none. */
export type Projects = string | readonly string[];

/** Which jobs a list is about; a missing field does not filter. */
export interface JobFilter {
  states: readonly JobState[];
  project?: Projects;
  spider?: string;
}

/** Which jobs are looked for; a missing field does not filter. */
export interface JobSearch {
  project?: Projects;
  spider?: string;
  states?: readonly JobState[];
  /** It has one of these. */
  hasTags?: readonly string[];
  /** It has none of these. */
  lacksTags?: readonly string[];
  /** It is one of these, by their `seq`. */
  among?: readonly number[];
  /** When its state last changed, from this millisecond on … */
  from?: number;
  /** … and before this one. */
  before?: number;
}

/** What clients change of a job beside its state. */
export interface JobFields {
  /** Merged; a field that is undefined goes. */
  meta?: Readonly<Record<string, Json | undefined>>;
  tags?: readonly string[];
  closeReason?: string | null;
}

/** What is left of finished jobs, and no more; a missing field does not limit. */
export interface KeepLimits {
  count: number;
  /** Milliseconds since the job ended. */
  ageMs?: number;
  /** Logs and items together. */
  bytes?: number;
}

/** What jobs ask for: a version by its name, or with null the current one. */
export type Wanted = Pick<JobRequest, 'project' | 'version'>;

/**
 * What is remembered of jobs. Where a project may be left out, all are meant. Every call is one transaction,
 * on disk when it returns but for those inside {@link JobStore.unsynced}.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface JobStore {
  /** Makes one transaction of all the calls in it: what one of them throws takes back the others. */
  together<T>(work: () => T): T;
  /**
   * Makes one transaction of all the calls in it, which the disk has only once {@link JobStore.sync} has resolved: for what
   * nobody was told of, so that a power cut may take it back. It is there before whatever is written later.
   */
  unsynced<T>(work: () => T): T;
  /**
   * Resolves when all that was written before is on disk.
   * @throws UserError `storage-full`
   */
  sync(): Promise<void>;
  /**
   * As {@link JobStore.together}, at the end of this turn of the event loop, with one commit for all that was asked for
   * in it. What one throws takes back nothing of the others. Resolves when it is on disk.
   */
  shared<T>(work: () => T): Promise<T>;
  /**
   * Does something, which does not throw, when what was written before is committed: at once, or at the end of the
   * transaction, if that succeeds. What is to be done several times then is done once. What leaves the daemon waits for
   * {@link JobStore.sync} besides: a shared transaction may not be on disk yet.
   */
  afterCommit(act: () => void): void;
  /**
   * @throws UserError `not-found` when the project has no such version or spider, `conflict` while an active job of the
   * project has the jobid or the unique key.
   */
  addJob(job: NewJob, now: number): Job;
  job(id: string): Job | null;
  /** @param key three integers, `project/spider/number` */
  jobByKey(key: string): Job | null;
  /**
   * First of the queue, but for jobs of held projects, and of these projects and versions: the highest priority,
   * then the oldest.
   */
  nextPending(except?: readonly Wanted[]): Job | null;
  /** First of the queue of one project, held or not. */
  nextPendingOf(project: string): Job | null;
  /** The first started first. */
  running(project?: Projects): Job[];
  /** @throws Error when the transition is not allowed, or the job is gone. */
  changeState(id: string, to: JobState, change: StateChange, now: number): Job;
  setProcess(id: string, process: ProcessIdentity): void;
  setStop(id: string, stop: Stop): void;
  /** Changes what clients keep with a job. */
  setFields(id: string, fields: JobFields): Job;
  setActors(id: string, actors: Actors): void;
  counts(project?: Projects): JobCounts;
  /** Names of the jobs that the filter meets, the last changed first; cheap enough to be taken whole. */
  listJobs(filter: JobFilter): JobRef[];
  /** The named jobs that still exist, in the order given. */
  jobs(refs: readonly JobRef[]): Job[];
  /** A page of the jobs that are looked for, the last changed first; only those behind `after`, none from `stopAt` on. */
  searchJobs(
    search: JobSearch,
    page: { offset: number; limit: number; after?: JobRef; stopAt?: JobRef },
  ): Job[];
  countJobs(search: JobSearch): number;
  /** The job of each spider of a project that ended last, in the order of the spiders' numbers, from this one on. */
  lastOfSpiders(of: { project: string; from: number; limit: number }): Job[];
  /** A page of the jobs of a project, or of one of its spiders, in the order of their keys, without deleted ones. */
  jobsUnder(of: { project: string; spider?: string }, page: { after?: string; limit: number }): Job[];
  /** Names of the pending jobs in the order of the queue; cheap enough to be taken whole. */
  queue(project?: Projects): JobRef[];
  pendingCount(project?: Projects): number;
  /** Names of the jobs that ran and are over, the last ended first; cheap enough to be taken whole. */
  ended(limit: number, project?: Projects): JobRef[];
  /** How many jobs ran and are over, counted up to `limit`. */
  endedCount(limit: number, project?: Projects): number;
  /** The job that a jobid means: the newest one that is active, else that ran, else of all. */
  jobByJobid(jobid: string, project?: Projects): Job | null;
  /** The newest job of a jobid that was started. */
  runByJobid(project: string, spider: string, jobid: string): Job | null;
  /** Names, in alphabetical order, of the projects with jobs that were started. */
  projectsWithRuns(): string[];
  /** Names, in alphabetical order, of a project's spiders with jobs that were started. */
  spidersWithRuns(project: string): string[];
  /** A page of a spider's jobs that were started, the newest first; of several with one jobid only the newest. */
  runsOfSpider(project: string, spider: string, page: { after?: Job; limit: number }): Job[];
  /** Ids of up to `limit` finished jobs with output beyond the newest `perSpider` of their spider. */
  outputsBeyond(perSpider: number, limit: number): string[];
  /** Of these finished jobs nothing is left but their record. */
  forgetOutputs(ids: readonly string[]): void;
  /** Ids of up to `limit` finished jobs beyond the limits, the oldest first. */
  finishedBeyond(limits: KeepLimits, now: number, limit: number): string[];
  /** Forgets jobs that are over. */
  removeJobs(ids: readonly string[]): void;
}

/** A place in a list: enough to sort by, and to fetch the job later. */
export interface JobRef {
  changedAt: number;
  seq: number;
}

import type { Json } from '../json-text.ts';

/**
 * The states of a job. PENDING waits for a slot; SUCCESSFUL, FAILED and CANCELED are over. DELETED is counted, but what
 * it left is gone.
 */
export type JobState = 'PENDING' | 'RUNNING' | 'SUCCESSFUL' | 'FAILED' | 'CANCELED' | 'DELETED';

/** Who made a job: a request, or a schedule. */
export type Actor = 'USER' | 'SCHEDULER';

/** What a request or a schedule asks to be run. */
export interface JobRequest {
  project: string;
  spider: string;
  description: string;
  /** JSON text; handed to the spider as its argument `payload` unless it is `{}`. */
  payload: string;
  /** Spider arguments, as of `scrapy crawl -a`. */
  args: Record<string, string>;
  /** Scrapy settings that win over the project's, as of `scrapy crawl -s`. */
  settings: Record<string, Json>;
  /** More options of `scrapy crawl`, as typed in a shell; `args` and `settings` win over them. */
  cmdArgs: string | null;
  /** Environment variables of the run. */
  env: Record<string, string>;
  /** Higher first. */
  priority: number;
  /** Slots that the run takes. */
  units: number;
  /** Whether the run may be a fork of the spider host; null leaves it to the project. */
  fork: boolean | null;
  /** Whether scraped items are kept; null leaves it to the project and the daemon. */
  capture: boolean | null;
  /** Name of the version to run; null: the one that is current when it starts. */
  version: string | null;
  /** Words that clients find it by, each once; they may change them. */
  tags: readonly string[];
  /** Whether the spider is told the names of its job and version, by the arguments `_job` and `_version`. */
  tellNames: boolean;
}

/** One execution of a spider. Times are milliseconds since the epoch. */
export interface Job extends JobRequest {
  /** Order of arrival, unique for ever. */
  seq: number;
  /** UUID; Scrapy Do's `identifier`. */
  id: string;
  /** scrapyd's name for it. */
  jobid: string;
  /** Scrapy Cloud's name for it: three integers, `project/spider/number`. */
  key: string;
  state: JobState;
  actor: Actor;
  /** The schedule that made it. */
  scheduleId: string | null;
  /** How late that was, in milliseconds; null where a request made it. */
  lateMs: number | null;
  /** Whether it waits until no other job of its schedule runs. */
  alone: boolean;
  createdAt: number;
  /** When its state last changed. */
  changedAt: number;
  /** When it was handed to a spider host. */
  startedAt: number | null;
  finishedAt: number | null;
  /** The version that it runs, once started. */
  versionId: number | null;
  /** What that version was called, also once it is gone. */
  versionName: string | null;
  /** The process, once it is known. */
  process: ProcessIdentity | null;
  /** A stop that was asked for. */
  stop: Stop | null;
  exit: Exit | null;
  /** A worker outside claimed it: it has no process here, and only the API says when it is over. */
  external: boolean;
  /** Fields that clients keep with it. */
  meta: Meta;
  /** Why it ended, in one word where it can be: `finished`, `cancelled`, `failed`; null while it has not. */
  closeReason: string | null;
  /** What the run counted, once it is over. */
  totals: Totals | null;
  /** Who moved it on. */
  actors: Actors;
  deletedAt: number | null;
}

/** Values by name, as JSON has them. */
export type Meta = Readonly<Record<string, Json>>;

/** What a run scraped and logged. */
export interface Totals {
  items: number;
  /** Responses. */
  pages: number;
  /** Log entries of all levels, and of those the errors. */
  logs: number;
  errors: number;
}

/** How this daemon is called among those who moved a job on. */
export const RUNNER = 'jobrunner';
/** The same, where a schedule did. */
export const SCHEDULER = 'scheduler';

/** Names of those who moved a job to each state, as far as somebody did. */
export interface Actors {
  scheduled?: string;
  started?: string;
  completed?: string;
  cancelled?: string;
  deleted?: string;
}

/** A process, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Start time as the system gives it (Linux: clock ticks since boot), compared as text. */
  startTime: string;
  /** The boot in which it ran. */
  bootId: string;
}

/** A stop under way: first a signal, then, at `killAt`, SIGKILL to the whole group (never, if null). */
export interface Stop {
  signal: string;
  /** Whether the signal was sent: after a restart it is not sent again, which Scrapy would take for "stop now". */
  sent: boolean;
  killAt: number | null;
}

/** How a run ended. */
export interface Exit {
  /** Exit code, or null if a signal ended it or nobody saw the end. */
  code: number | null;
  signal: string | null;
  /** Why, in words, where the code does not say it: `lost`, or why it could not be started. */
  reason: string | null;
}

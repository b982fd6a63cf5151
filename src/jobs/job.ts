/** The states of a job. PENDING waits for a slot; the last three are final. */
export type JobState = 'PENDING' | 'RUNNING' | 'SUCCESSFUL' | 'FAILED' | 'CANCELED';

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
  settings: Record<string, string>;
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
  createdAt: number;
  /** When its state last changed. */
  changedAt: number;
  /** When it was handed to a spider host. */
  startedAt: number | null;
  finishedAt: number | null;
  /** The version that it runs, once started. */
  versionId: number | null;
  /** The process, once it is known. */
  process: ProcessIdentity | null;
  /** A stop that was asked for. */
  stop: Stop | null;
  exit: Exit | null;
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

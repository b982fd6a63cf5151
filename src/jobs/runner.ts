import type { Json } from '../json-text.ts';
import type { Exit, ProcessIdentity } from './job.ts';

/** One run, as a runner needs to know it. Paths are absolute. */
export interface Run {
  jobId: string;
  /** Folder of the Python virtual environment. */
  environment: string;
  /** Unpacked, read-only project: the folder that holds `scrapy.cfg`. */
  projectFolder: string;
  /** `pkg.settings`, as `scrapy.cfg` names it. */
  settingsModule: string;
  project: string;
  spider: string;
  args: Record<string, string>;
  /** They win over the project's, whatever kind of value they are. */
  settings: Record<string, Json>;
  /** More options of `scrapy crawl`, as typed in a shell; `args` and `settings` win over them. */
  cmdArgs: string | null;
  env: Record<string, string>;
  /** A fork of the host, or a fresh interpreter. */
  fork: boolean;
  /** Copy the whole project into the run's folder instead of linking its folders. */
  copyProject: boolean;
  /** Where the run's own working folder is made; removed when the run is over. */
  workFolder: string;
  stdout: string;
  stderr: string;
  /** JSON lines of the items; null captures none. */
  items: string | null;
  /** Folder of the log entries and requests, and of what finds and counts those and the items; made when needed. */
  records: string;
  /** JSON document with the crawler's stats, replaced as they change. */
  stats: string;
  /** Most bytes kept of stdout, of stderr, and of the log entries in `records`. */
  outputLimit: number;
}

/** What became of a job that was handed to a runner before the daemon last stopped. */
export type Recovered =
  | { kind: 'running'; process: ProcessIdentity }
  | { kind: 'exited'; process: ProcessIdentity | null; exit: Exit; at: number }
  /** There is no trace of a start: it may be started. */
  | { kind: 'never-started' };

/** What a runner tells. A job's exit is told again after each start of the daemon until it is acknowledged. */
export interface RunnerListener {
  exited(jobId: string, exit: Exit, at: number): void;
}

/**
 * What the core asks of whatever runs spiders. A job id is started at most once, whatever happens:
 * a second start of the same id changes nothing and gives the first one's process.
 */
export interface Runner {
  /**
   * Starts a run. Resolves when its process exists.
   * @throws UserError `unavailable` when no host can be had; the job may be tried again later.
   * @throws UserError `invalid` when this run can never start; the message says why.
   */
  start(run: Run): Promise<ProcessIdentity>;
  /**
   * Sends a signal (`SIGINT`) to a run's process, or to its whole group. False if it is over. What the process
   * leaves of its group when it ends is killed then.
   */
  signal(jobId: string, signal: string, target: 'process' | 'group'): boolean;
  /** The exit has been recorded and may be forgotten. */
  acknowledge(jobId: string): void;
  /**
   * Finds out what became of the jobs that were RUNNING when the daemon last stopped; goes on watching those that run.
   * @param processes the processes that are known to have been started for them, whatever the hosts remember
   */
  recover(
    jobIds: readonly string[],
    processes?: ReadonlyMap<string, ProcessIdentity>,
  ): Promise<Map<string, Recovered>>;
  /** Lets go of the hosts; the spiders run on. */
  close(): Promise<void>;
}

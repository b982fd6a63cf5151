import type { Totals } from './job.ts';

/** The files that a job leaves. Paths are absolute. */
export interface OutputPaths {
  stdout: string;
  stderr: string;
  /** JSON lines of the items. */
  items: string;
  /** Folder of the log entries and requests, and of what finds and counts those and the items; it may be missing. */
  records: string;
  /** JSON document with the crawler's stats. */
  stats: string;
}

/** What the stats that a run wrote say of it. */
export interface RunResult {
  /** Scrapy's word for how the crawl ended; null if it did not come to that. */
  closeReason: string | null;
  totals: Totals;
}

/** Where the core keeps what runs leave behind. */
export interface Outputs {
  paths(jobId: string): OutputPaths;
  /** Bytes of all of a job's files; 0 when it left none. */
  size(jobId: string): number;
  /** The crawler's stats as JSON text; null while there are none. */
  stats(jobId: string): string | null;
  /** What a run has counted so far. */
  result(jobId: string): RunResult;
  /** Says something of a job in its stderr and its log entries, for a run that could not say it itself. */
  note(jobId: string, line: string, now: number): void;
  /** The jobs that have files. */
  jobIds(): Iterable<string>;
  /** Removes all of a job's files. */
  remove(jobId: string): void;
}

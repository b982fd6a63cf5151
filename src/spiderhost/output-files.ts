import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OutputPaths, Outputs, RunResult } from '../jobs/outputs.ts';
import { ERROR } from '../records/tally.ts';
import { countKept, type KeptCounts } from './kept-counts.ts';

/** The folders of what runs leave; absolute. */
export interface OutputFolders {
  logs: string;
  items: string;
  stats: string;
  records: string;
}

/**
 * Keeps what runs leave in four folders: `<logs>/<id>.out` and `.err`, `<items>/<id>.jl`, `<stats>/<id>.json`, and in
 * `<records>/<id>/` the records.
 */
export class OutputFiles implements Outputs {
  readonly #dataFolder: string;
  readonly #onRemove: (jobId: string) => void;
  readonly #folders: OutputFolders;

  /**
   * @param folders those that are not the data folder's own
   * @param onRemove told of each job whose files go
   */
  constructor(
    dataFolder: string,
    folders: Partial<OutputFolders> = {},
    onRemove: (jobId: string) => void = () => undefined,
  ) {
    this.#onRemove = onRemove;
    const own = (name: string) => join(dataFolder, name);
    this.#dataFolder = dataFolder;
    this.#folders = {
      logs: own('logs'),
      items: own('items'),
      stats: own('stats'),
      records: own('records'),
      ...folders,
    };
  }

  paths(jobId: string): OutputPaths {
    const { logs, items, stats, records } = this.#folders;
    return {
      stdout: join(logs, `${jobId}.out`),
      stderr: join(logs, `${jobId}.err`),
      items: join(items, `${jobId}.jl`),
      stats: join(stats, `${jobId}.json`),
      records: join(records, jobId),
    };
  }

  size(jobId: string): number {
    const { records, ...files } = this.paths(jobId);
    let bytes = sizeOfFilesIn(records);
    for (const path of Object.values<string>(files)) bytes += sizeOf(path);
    return bytes;
  }

  stats(jobId: string): string | null {
    try {
      return readFileSync(this.paths(jobId).stats, 'utf8');
    } catch {
      return null;
    }
  }

  result(jobId: string): RunResult {
    return resultOf(this.stats(jobId), countKept(this.paths(jobId)));
  }

  note(jobId: string, line: string, now: number): void {
    const { stderr, records } = this.paths(jobId);
    appendFileSync(stderr, `${line}\n`, { mode: 0o600 });
    mkdirSync(records, { recursive: true, mode: 0o700 });
    const entry = JSON.stringify({ time: now, level: ERROR, message: line });
    appendFileSync(join(records, 'logs.jl'), `${entry}\n`, { mode: 0o600 });
  }

  *jobIds(): Iterable<string> {
    const seen = new Set<string>();
    const { records, ...folders } = this.#folders;
    for (const folder of [records, ...Object.values<string>(folders)]) {
      // Elsewhere there may be other people's files, and those of other daemons: they are no strays.
      if (dirname(folder) !== this.#dataFolder || !existsSync(folder)) continue;
      for (const name of readdirSync(folder)) {
        const id = folder === records ? name : name.slice(0, name.lastIndexOf('.'));
        if (!seen.has(id)) yield id;
        seen.add(id);
      }
    }
  }

  remove(jobId: string): void {
    this.#onRemove(jobId);
    for (const path of Object.values<string>({ ...this.paths(jobId) })) {
      rmSync(path, { force: true, recursive: true });
    }
  }
}

const ERROR_LEVELS = ['ERROR', 'CRITICAL'];
const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', ...ERROR_LEVELS];

/**
 * What Scrapy's stats say, whatever a project's own extensions made of them. They know nothing of what was logged before
 * there was a crawler, and are a second or two old when a run is killed; what is kept has its limits. So of two counts the
 * higher one is right.
 */
function resultOf(text: string | null, kept: KeptCounts): RunResult {
  const stats = statsIn(text ?? '{}');
  const count = (name: string) => (Number.isSafeInteger(stats[name]) ? (stats[name] as number) : 0);
  const countOf = (levels: readonly string[]) =>
    levels.reduce((sum, level) => sum + count(`log_count/${level}`), 0);
  return {
    closeReason: typeof stats.close_reason === 'string' ? stats.close_reason : null,
    totals: {
      items: Math.max(kept.items, count('item_scraped_count')),
      pages: count('response_received_count'),
      logs: Math.max(kept.logs, countOf(LOG_LEVELS)),
      errors: Math.max(kept.errors, countOf(ERROR_LEVELS)),
    },
  };
}

function statsIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Somebody else wrote into the file: the run's end counts all the same.
    return {};
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** 0 if there is no such folder, or a spider has put something else there. */
function sizeOfFilesIn(folder: string): number {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return 0;
  return readdirSync(folder).reduce((bytes, name) => bytes + sizeOf(join(folder, name)), 0);
}

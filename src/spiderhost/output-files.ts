import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OutputPaths, Outputs, RunResult } from '../jobs/outputs.ts';

/** The folders of what runs leave; absolute. */
export interface OutputFolders {
  logs: string;
  items: string;
  stats: string;
}

/** Keeps what runs leave in three folders: `<logs>/<id>.out` and `.err`, `<items>/<id>.jl`, `<stats>/<id>.json`. */
export class OutputFiles implements Outputs {
  readonly #dataFolder: string;
  readonly #folders: OutputFolders;

  /** @param folders those that are not the data folder's own */
  constructor(dataFolder: string, folders: Partial<OutputFolders> = {}) {
    const own = (name: string) => join(dataFolder, name);
    this.#dataFolder = dataFolder;
    this.#folders = { logs: own('logs'), items: own('items'), stats: own('stats'), ...folders };
  }

  paths(jobId: string): OutputPaths {
    const { logs, items, stats } = this.#folders;
    return {
      stdout: join(logs, `${jobId}.out`),
      stderr: join(logs, `${jobId}.err`),
      items: join(items, `${jobId}.jl`),
      stats: join(stats, `${jobId}.json`),
    };
  }

  size(jobId: string): number {
    let bytes = 0;
    for (const path of Object.values<string>({ ...this.paths(jobId) })) {
      bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    }
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
    return resultOf(this.stats(jobId));
  }

  note(jobId: string, line: string): void {
    appendFileSync(this.paths(jobId).stderr, `${line}\n`, { mode: 0o600 });
  }

  *jobIds(): Iterable<string> {
    const seen = new Set<string>();
    for (const folder of Object.values<string>({ ...this.#folders })) {
      // Elsewhere there may be other people's files, and those of other daemons: they are no strays.
      if (dirname(folder) !== this.#dataFolder || !existsSync(folder)) continue;
      for (const file of readdirSync(folder)) {
        const id = file.slice(0, file.lastIndexOf('.'));
        if (!seen.has(id)) yield id;
        seen.add(id);
      }
    }
  }

  remove(jobId: string): void {
    for (const path of Object.values<string>({ ...this.paths(jobId) })) rmSync(path, { force: true });
  }
}

const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** What Scrapy's stats say, whatever a project's own extensions made of them. */
function resultOf(text: string | null): RunResult {
  const stats = statsIn(text ?? '{}');
  const count = (name: string) => (Number.isSafeInteger(stats[name]) ? (stats[name] as number) : 0);
  return {
    closeReason: typeof stats.close_reason === 'string' ? stats.close_reason : null,
    totals: {
      items: count('item_scraped_count'),
      pages: count('response_received_count'),
      logs: LOG_LEVELS.reduce((sum, level) => sum + count(`log_count/${level}`), 0),
      errors: count('log_count/ERROR'),
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

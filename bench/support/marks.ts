import { mkdirSync, readFileSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/** A spider whose first line has not run by then has failed; the last of 200 takes scrapyd more than two minutes. */
const MOST_MS_TO_MARK = 600_000;

/** What a spider of `bench/project` tells. Instants are milliseconds of {@link monotonicMs}. */
export interface Mark {
  pid: number;
  /** The first line of the spider's module. */
  loadedMs: number;
  /** The first line of its `start()`, when Scrapy is ready to crawl. */
  startedMs: number;
  /** What it scraped; not told by the spider that only tells when it ran. */
  items?: number;
}

/** Milliseconds of CLOCK_MONOTONIC, which all processes of a machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A folder where each run leaves its mark. */
export class Marks {
  readonly #folder: string;
  readonly #watcher: FSWatcher;
  readonly #waiting = new Map<string, (mark: Mark) => void>();
  #count = 0;

  constructor(folder: string) {
    mkdirSync(folder);
    this.#folder = folder;
    this.#watcher = watch(folder, (_, name) => {
      const arrived = name === null ? undefined : this.#waiting.get(name);
      if (name === null || arrived === undefined) return;
      this.#waiting.delete(name);
      arrived(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Mark);
    });
  }

  /**
   * The payload for one run, and the mark that it will leave.
   * @param told more for the spider
   */
  next(told: Record<string, string> = {}): { payload: string; mark: Promise<Mark> } {
    const name = `${++this.#count}.json`;
    const mark = new Promise<Mark>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`A spider did not start within ${MOST_MS_TO_MARK / 1000} seconds.`));
      }, MOST_MS_TO_MARK);
      this.#waiting.set(name, (arrived) => {
        clearTimeout(timer);
        resolve(arrived);
      });
    });
    return { payload: JSON.stringify({ ...told, mark: join(this.#folder, name) }), mark };
  }

  close(): void {
    this.#watcher.close();
  }
}

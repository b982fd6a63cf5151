import type { Database } from './database.ts';

/** A transaction is cut after so long: many works at once are not to hold up everything else. */
const MOST_MS = 10;

interface Waiting {
  work: () => unknown;
  resolve: (result: unknown) => void;
  reject: (reason: unknown) => void;
}

/**
 * Lets what is asked for at the same time share a commit: the disk takes as long for one as for many. While it writes, the
 * event loop goes on, and what is asked for meanwhile is the next to share one.
 */
export class SharedCommits {
  readonly #db: Database;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Runs `work` at the end of this turn of the event loop or of a later one, as a part of one transaction with others.
   * Resolves when that is on disk.
   * @throws what `work` throws: the others go on without it; what the commit throws: it is thrown to all of them
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (result: unknown) => void, reject });
      if (!this.#busy) this.#flushSoon();
    });
  }

  #flushSoon(): void {
    this.#busy = true;
    setImmediate(() => void this.#flush());
  }

  /** Runs what waits, as far as one transaction takes it. */
  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    let settles: (() => void)[] = [];
    try {
      this.#db.unsynced(() => {
        const from = performance.now();
        for (const { work, resolve, reject } of waiting) {
          settles.push(this.#do(work, resolve, reject));
          if (performance.now() - from > MOST_MS) break;
        }
      });
      this.#waiting = waiting.slice(settles.length);
      await this.#db.sync();
    } catch (error) {
      const failed = waiting.slice(0, Math.max(1, settles.length));
      if (this.#waiting === waiting) this.#waiting = waiting.slice(failed.length);
      settles = failed.map(({ reject }) => () => {
        reject(error);
      });
    }
    for (const settle of settles) settle();
    if (this.#waiting.length > 0) this.#flushSoon();
    else this.#busy = false;
  }

  /** @returns what is to be told once it is on disk */
  #do(work: () => unknown, resolve: Waiting['resolve'], reject: Waiting['reject']): () => void {
    try {
      const result = this.#db.part(work);
      return () => {
        resolve(result);
      };
    } catch (error) {
      // A full disk may take back the whole transaction.
      if (!this.#db.isInside()) throw error;
      return () => {
        reject(error);
      };
    }
  }
}

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

const THREAD = join(import.meta.dirname, 'checkpoint-thread.mjs');
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** So many pages (of 4 KiB) are put into the database at once; SQLite's own measure. */
const PAGES = 1000;
/** With so many in the log, whoever commits puts them into the database; the disk is waited for then. */
const MOST_PAGES = 10_000;

const CLOSE_TIMEOUT_MS = 5000;

/**
 * The first SQLite that can tell the pages of the log without a checkpoint (3.51.0), and in which a log that begins anew
 * while another connection makes a checkpoint does no harm (sqlite.org/wal.html, "The WAL-Reset Bug"). Distributions may
 * build Node with an older one of theirs.
 */
const FIRST_VERSION = [3, 51, 3];

/**
 * Has a thread put what was committed from the write-ahead log into the database, as that waits for the disk twice. The
 * thread begins when there is enough for it to do, as it takes some MiB. Where there can be none, SQLite does it within
 * the commits.
 */
export class Checkpoints {
  readonly #path: string;
  readonly #pages: ReturnType<DatabaseSync['prepare']>;
  #thread: Worker | null = null;
  #isBusy = false;
  #isOver: boolean;
  /** Pages that the thread could not put there, such as those that somebody still reads the older ones of. */
  #left = 0;
  /** 1 when the thread has closed the database. */
  readonly #closed = new Int32Array(new SharedArrayBuffer(4));

  /** @param path that of `db`, which is open in WAL mode */
  constructor(path: string, db: DatabaseSync) {
    this.#path = path;
    this.#pages = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#isOver = !isNewEnough(db);
    if (!this.#isOver) db.exec(`PRAGMA wal_autocheckpoint = ${MOST_PAGES}`);
  }

  /** Something was committed. Never throws. */
  look(): void {
    if (this.#isBusy || this.#isOver) return;
    try {
      const { log, checkpointed } = this.#pages.get() ?? {};
      if (Number(log) - Number(checkpointed) < this.#left + PAGES) return;
      this.#thread ??= this.#begin();
      this.#thread.postMessage('checkpoint');
      this.#isBusy = true;
    } catch {
      this.#isOver = true;
    }
  }

  /** Waits for the thread, so that the last to close the database is who leaves no log behind. */
  close(): void {
    this.#isOver = true;
    if (this.#thread === null) return;
    this.#thread.postMessage('close');
    Atomics.wait(this.#closed, 0, 0, CLOSE_TIMEOUT_MS);
    void this.#thread.terminate();
    this.#thread = null;
  }

  #begin(): Worker {
    const thread = new Worker(THREAD, {
      workerData: { path: this.#path, closed: this.#closed },
      ...{ resourceLimits: LIMITS, execArgv: [], env: {} },
    });
    thread.on('message', (left: number) => {
      this.#isBusy = false;
      this.#left = left;
    });
    thread.on('error', () => {
      this.#isOver = true;
      this.#thread = null;
    });
    thread.unref();
    return thread;
  }
}

function isNewEnough(db: DatabaseSync): boolean {
  const version = String(db.prepare('SELECT sqlite_version() AS version').get()?.version)
    .split('.')
    .map(Number);
  const different = FIRST_VERSION.findIndex((number, place) => version[place] !== number);
  return different === -1 || (version[different] ?? 0) > (FIRST_VERSION[different] ?? 0);
}

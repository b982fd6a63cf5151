import { rmSync, statSync } from 'node:fs';
import { toError, UserError } from '../errors.ts';
import { changeFor, endOf } from './batch.ts';
import { readRows, type Row } from './read-rows.ts';
import { filesOf, type KindFiles, type RecordKind, type RecordPaths } from './record-kind.ts';
import { change, finishChange } from './redo.ts';
import { tallyOf, type Tally } from './tally.ts';

/** How a job's own process has to do with its records of a kind: it writes them, has written them, or never does. */
export type Writer = 'writes' | 'wrote' | 'none';

export interface AppendOptions {
  /** Number of the first record; null: they come behind the last. */
  start: number | null;
  /** Now, in ms. */
  now: number;
  writer: Writer;
}

/** What has to be known of one kind of a job's records, while somebody reads or writes them. */
interface Open {
  readonly files: KindFiles;
  users: number;
  /** Settles when nothing is changed any more. */
  idle: Promise<void>;
  /** Goes up before records are moved in the file. */
  moves: number;
  /** Whether there is no change that a killed daemon left unfinished. */
  isSound: boolean;
  isRemoved: boolean;
  /** Time of the last batch, in ms. */
  ts: number;
}

/**
 * The records that runs leave, and those that come by HTTP: items, log entries, requests, samples. A record is a line of
 * JSON with a number from 0 on, and keeps it. They are read from files that a spider may be writing to: see
 * {@link readRows} for those.
 */
export class Records {
  readonly #paths: (jobId: string) => RecordPaths;
  readonly #open = new Map<string, Open>();

  constructor(paths: (jobId: string) => RecordPaths) {
    this.#paths = paths;
  }

  /**
   * A job's records from a number on, in pieces, as far as they are there now. A gap in the numbers is one in the rows.
   * @throws UserError `storage-full` when a change was left unfinished and cannot be made.
   */
  async *read(jobId: string, kind: RecordKind, { from = 0 } = {}): AsyncGenerator<Row[]> {
    const open = this.#use(jobId, kind);
    try {
      let next = from;
      let isDone = false;
      while (!isDone) {
        const size = await this.#queue(open, () => sizeOf(open.files));
        const { moves } = open;
        isDone = true;
        for await (const rows of readRows(open.files, { number: next }, size)) {
          if (open.moves !== moves) {
            // They stand elsewhere now, and what was read may be of both.
            isDone = false;
            break;
          }
          yield rows;
          next = (rows.at(-1)?.number ?? next) + 1;
        }
      }
    } finally {
      this.#release(jobId, kind, open);
    }
  }

  /**
   * Totals of a job's records.
   * @param isWritten whether a process may be writing them, which then keeps its own count
   */
  async tally(jobId: string, kind: RecordKind, isWritten: boolean): Promise<Tally> {
    const open = this.#use(jobId, kind);
    try {
      for (;;) {
        const size = await this.#queue(open, () => sizeOf(open.files));
        const { moves } = open;
        const isOurs = () => !isWritten && open.moves === moves && !open.isRemoved;
        const tally = await tallyOf(open.files, kind, size, isOurs);
        if (open.moves === moves) return tally;
      }
    } finally {
      this.#release(jobId, kind, open);
    }
  }

  /**
   * Stores records, each the text of a JSON list or object on one line: all of them, on disk, or none. A record that is
   * there already, with the same number and text, is not stored again; one with another text takes the place of the old
   * one. Where the job's own process writes this kind its records are the ones: they stay, and while it runs nothing is
   * added.
   *
   * @throws UserError `storage-full`
   */
  async append(
    jobId: string,
    kind: RecordKind,
    texts: readonly string[],
    options: AppendOptions,
  ): Promise<void> {
    if (texts.length === 0 || options.writer === 'writes') return;
    const open = this.#use(jobId, kind);
    try {
      await this.#queue(open, () => this.#store(open, texts, options));
    } catch (error) {
      // The files were removed meanwhile, and with them what this would have become.
      if (!isRemoved(open)) throw error;
    } finally {
      this.#release(jobId, kind, open);
    }
  }

  /** For a job whose files were removed. */
  drop(jobId: string): void {
    for (const [key, open] of this.#open) {
      if (!key.startsWith(`${jobId} `)) continue;
      open.isRemoved = true;
      this.#open.delete(key);
    }
  }

  async #store(open: Open, texts: readonly string[], { start, now, writer }: AppendOptions): Promise<void> {
    const { files } = open;
    const end = await endOf(files);
    const ts = Math.max(now, end.ts + 1, open.ts + 1);
    const lines = texts.map((text) => Buffer.from(text));
    const made = await changeFor(files, { lines, start, ts, isKept: writer === 'wrote' }, end);
    // Its files would come back.
    if (made === null || open.isRemoved) return;
    open.ts = ts;
    if (!made.isAppend) {
      open.moves += 1;
      rmSync(files.tally, { force: true });
    }
    open.isSound = false;
    await change(files, made);
    open.isSound = true;
    // They came back.
    if (isRemoved(open))
      for (const path of Object.values<string>({ ...files })) rmSync(path, { force: true });
  }

  /** Does something when nothing else is under way and the files are whole. */
  #queue<T>(open: Open, step: () => T | Promise<T>): Promise<T> {
    const done = open.idle.then(async () => {
      try {
        if (!open.isSound) await finishChange(open.files);
        open.isSound = true;
        return await step();
      } catch (error) {
        throw inWords(error);
      }
    });
    open.idle = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  #use(jobId: string, kind: RecordKind): Open {
    const key = `${jobId} ${kind}`;
    const open = this.#open.get(key) ?? {
      files: filesOf(this.#paths(jobId), kind),
      users: 0,
      idle: Promise.resolve(),
      moves: 0,
      isSound: false,
      isRemoved: false,
      ts: 0,
    };
    this.#open.set(key, open);
    open.users += 1;
    return open;
  }

  #release(jobId: string, kind: RecordKind, open: Open): void {
    open.users -= 1;
    const key = `${jobId} ${kind}`;
    if (open.users === 0 && this.#open.get(key) === open) this.#open.delete(key);
  }
}

/** Asked anew: it may have become so while something was waited for. */
function isRemoved(open: Open): boolean {
  return open.isRemoved;
}

function sizeOf({ lines }: KindFiles): number {
  return statSync(lines, { throwIfNoEntry: false })?.size ?? 0;
}

function inWords(thrown: unknown): Error {
  const error = toError(thrown);
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') return error;
  return new UserError(
    'storage-full',
    'The disk is full: the records could not be stored. Free some space and send them again.',
    { cause: error },
  );
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { toError, UserError } from '../../errors.ts';
import { makePrivate } from '../private-file.ts';
import { Checkpoints } from './checkpoints.ts';

export type Row = Record<string, unknown>;
export type Value = string | number | null;

/** Low byte of SQLite's result codes that mean that the disk did not take a write: READONLY, IOERR, FULL, CANTOPEN. */
const WRITE_FAILURES = new Set([8, 10, 13, 14]);

/** Transactions beside the daemon are short. */
const BUSY_TIMEOUT_MS = 200;

/** Those that mean that another program has the file: BUSY, LOCKED. */
const TAKEN = new Set([5, 6]);

const MIGRATIONS = join(import.meta.dirname, 'migrations');

/** A SQLite file, opened so that a commit that returned survives a power cut, but for {@link Database.unsynced}. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  readonly #afterCommit: (() => void)[] = [];
  readonly #path: string;
  readonly #checkpoints: Checkpoints;
  #log: FileHandle | null = null;
  /** The sync that was begun last; it never rejects. */
  #lastSync: Promise<void> = Promise.resolve();
  /** The one that begins after it, if somebody waits for that. */
  #nextSync: Promise<void> | null = null;
  /** Whether the disk did not take what was committed. */
  #hasFailed = false;

  /** @param path the file; made when missing, and brought to the newest schema */
  constructor(path: string) {
    this.#path = path;
    try {
      // The files that SQLite puts beside it get its mode.
      makePrivate(path);
      // While it waits for another program's transaction nothing else goes on here.
      this.#db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    } catch (error) {
      throw unusable(path, error);
    }
    try {
      this.#db.exec('PRAGMA journal_mode = WAL');
      this.#db.exec('PRAGMA synchronous = FULL');
      migrate(this.#db);
      this.#checkpoints = new Checkpoints(path, this.#db);
    } catch (error) {
      this.#db.close();
      throw error instanceof UserError ? error : unusable(path, error);
    }
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  get(sql: string, ...values: Value[]): Row | null {
    return this.#statement(sql).get(...values) ?? null;
  }

  /** @returns how many rows it changed */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /**
   * Runs `work` as one transaction: all of it, or nothing when it throws. Inside another one it is a part of that.
   * @throws UserError `storage-full` when the disk did not take it, `unavailable` while another program has the file
   */
  transaction<T>(work: () => T): T {
    if (this.isInside()) return work();
    const result = this.#commit(work);
    this.#follow();
    return result;
  }

  /**
   * As {@link Database.transaction}, but on disk only after the next {@link Database.sync}, or with the next transaction
   * that is.
   */
  unsynced<T>(work: () => T): T {
    if (this.isInside()) return work();
    let result: T;
    this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      result = this.#commit(work);
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL');
    }
    this.#follow();
    return result;
  }

  /**
   * Puts on disk what was committed before, without holding up the event loop: what is not in the database yet is in the
   * write-ahead log, and `synchronous = FULL` does no more than this. Those who ask while the disk writes share the next
   * turn.
   * @throws UserError `storage-full`; what was committed may or may not be there after a power cut
   */
  sync(): Promise<void> {
    if (this.#nextSync !== null) return this.#nextSync;
    const sync = this.#lastSync.then(() => {
      this.#nextSync = null;
      return this.#writeOut();
    });
    this.#nextSync = sync;
    this.#lastSync = sync.catch(() => undefined);
    return sync;
  }

  async #writeOut(): Promise<void> {
    if (!this.#isOpen()) return;
    try {
      if (this.#hasFailed) this.#putAllInDatabase();
      this.#log ??= await open(`${this.#path}-wal`);
      await this.#log.datasync();
    } catch (error) {
      this.#hasFailed = true;
      throw error instanceof UserError ? error : notWritten(error);
    } finally {
      // It was closed meanwhile.
      if (!this.#isOpen()) this.#closeLog();
    }
  }

  #isOpen(): boolean {
    return this.#db.isOpen;
  }

  /** What the disk did not take it is not asked for again: Linux counts it as written. The system still has it in memory. */
  #putAllInDatabase(): void {
    const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {};
    if (busy !== 0) throw notWritten('it failed, and another program reads the database');
    this.#hasFailed = false;
  }

  #closeLog(): void {
    void this.#log?.close();
    this.#log = null;
  }

  /**
   * Runs `work` inside a transaction such that when it throws, nothing of it is done, and the rest stays.
   * @throws UserError as {@link Database.transaction}; where the fault took back the whole transaction, none is under way
   */
  part<T>(work: () => T): T {
    const acts = this.#afterCommit.length;
    try {
      this.#db.exec('SAVEPOINT part');
      const result = work();
      this.#db.exec('RELEASE part');
      return result;
    } catch (error) {
      if (this.isInside()) this.#db.exec('ROLLBACK TO part; RELEASE part');
      this.#afterCommit.length = Math.min(acts, this.#afterCommit.length);
      throw asStorageError(error);
    }
  }

  /**
   * Does something, which does not throw, after the commit of the transaction; at once where none is under way. What is to
   * be done several times is done once.
   */
  afterCommit(act: () => void): void {
    if (this.isInside()) this.#afterCommit.push(act);
    else act();
  }

  close(): void {
    this.#checkpoints.close();
    if (this.#isOpen()) this.#db.close();
    this.#closeLog();
  }

  #commit<T>(work: () => T): T {
    try {
      if (this.#hasFailed) this.#putAllInDatabase();
      this.#db.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some faults.
      if (this.isInside()) this.#db.exec('ROLLBACK');
      this.#afterCommit.length = 0;
      throw asStorageError(error);
    }
  }

  #follow(): void {
    for (const act of new Set(this.#afterCommit.splice(0))) act();
    this.#checkpoints.look();
  }

  /** Whether a transaction is under way. */
  isInside(): boolean {
    return this.#db.isTransaction;
  }

  #statement(sql: string): ReturnType<DatabaseSync['prepare']> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function unusable(path: string, error: unknown): UserError {
  return new UserError('unavailable', `The database "${path}" cannot be used: ${toError(error).message}.`, {
    cause: error,
  });
}

function asStorageError(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const reason = (error as Error).message;
  if (TAKEN.has(code)) {
    return new UserError(
      'unavailable',
      `The database is in use by another program ("${reason}"): try again. Nothing was changed.`,
      { cause: error },
    );
  }
  return WRITE_FAILURES.has(code) ? notWritten(error, 'Nothing was changed.') : error;
}

function notWritten(error: unknown, outcome?: string): UserError {
  const reason = toError(error).message;
  const text = `The data folder could not be written ("${reason}"): free some space there, then try again.`;
  return new UserError('storage-full', outcome === undefined ? text : `${text} ${outcome}`, { cause: error });
}

/**
 * Whether a database is there and needs no migration.
 * @throws UserError `unavailable` when it cannot be read
 */
export function hasNewestSchema(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    using db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    return schemaOf(db) >= migrations().length;
  } catch (error) {
    throw unusable(path, error);
  }
}

function schemaOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version);
}

function migrations(): string[] {
  return readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
}

/** Applies the numbered SQL files that the database has not seen; a shipped file is never edited. */
function migrate(db: DatabaseSync): void {
  const files = migrations();
  const applied = schemaOf(db);
  if (applied > files.length) {
    throw new UserError(
      'unavailable',
      `The database was made by a newer Orbweaver (schema ${applied}; this one knows ${files.length}): start that one, or use another data folder.`,
    );
  }
  for (const [index, file] of files.sort().entries()) {
    if (index < applied) continue;
    db.exec('BEGIN IMMEDIATE');
    db.exec(readFileSync(join(MIGRATIONS, file), 'utf8'));
    db.exec(`PRAGMA user_version = ${index + 1}`);
    db.exec('COMMIT');
  }
}

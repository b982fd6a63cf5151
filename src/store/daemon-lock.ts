import { DatabaseSync } from 'node:sqlite';
import { toError, UserError } from '../errors.ts';
import { makePrivate } from './private-file.ts';

/** SQLite's code for a file that another process has. */
const BUSY = 5;

/** The one daemon of a data folder. */
export interface DaemonLock {
  release(): void;
}

/**
 * Takes the data folder for this process. Node has no file locks of its own; SQLite's are the kernel's, so they
 * end with the process, however it ends.
 * @throws UserError `conflict` when another daemon has it
 */
export function takeDaemonLock(path: string, dataFolder: string): DaemonLock {
  const db = open(path);
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode !== BUSY) throw unusable(path, error);
    throw new UserError(
      'conflict',
      `Another Orbweaver daemon already uses the data folder "${dataFolder}": stop it, or give this one another folder with --data.`,
      { cause: error },
    );
  }
  return {
    release() {
      if (db.isOpen) db.close();
    },
  };
}

function open(path: string): DatabaseSync {
  try {
    makePrivate(path);
    return new DatabaseSync(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): UserError {
  return new UserError('unavailable', `The lock "${path}" cannot be used: ${toError(error).message}.`, {
    cause: error,
  });
}

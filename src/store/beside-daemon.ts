import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { takeDaemonLock } from './daemon-lock.ts';
import { hasNewestSchema } from './sqlite/database.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';
import type { Store } from './store.ts';

/**
 * Opens the store of a data folder for a command: beside the daemon, if one runs. The schema is brought up to date only
 * where none does, since a daemon goes on with the one that it knows.
 * @param data absolute path; the folder is there
 * @throws UserError `conflict` when the daemon that runs knows an older schema only
 */
export function openBesideDaemon(data: string): Store {
  const path = join(data, 'orbweaver.db');
  if (hasNewestSchema(path)) return openSqliteStore(path);
  const lock = lockWithoutDaemon(data);
  try {
    return openSqliteStore(path);
  } finally {
    lock.release();
  }
}

function lockWithoutDaemon(data: string) {
  try {
    return takeDaemonLock(join(data, 'daemon.lock'), data);
  } catch (error) {
    if (!(error instanceof UserError) || error.kind !== 'conflict') throw error;
    throw new UserError(
      'conflict',
      `The daemon that uses the data folder "${data}" is an older Orbweaver, or is just starting: restart it, or try again.`,
      { cause: error },
    );
  }
}

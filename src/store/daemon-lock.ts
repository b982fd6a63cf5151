import { DatabaseSync } from 'node:sqlite';
import { UserError } from '../errors.ts';

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
  const db = new DatabaseSync(path);
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
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

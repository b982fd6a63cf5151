import { chmodSync, closeSync, openSync } from 'node:fs';
import { toError } from '../errors.ts';

/**
 * Makes a file that only its owner may read, or makes it so: SQLite's own would be for everybody. One that exists is
 * never opened, since closing it would end the locks that this process has on it.
 */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (toError(error).code !== 'EEXIST') throw error;
    chmodSync(path, 0o600);
  }
}

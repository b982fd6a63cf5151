import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { usable } from '../data-folder.ts';
import { UserError } from '../errors.ts';
import { openBesideDaemon } from '../store/beside-daemon.ts';
import type { Store } from '../store/store.ts';

/**
 * Does something with the store of a data folder, beside its daemon if one runs.
 * @param data absolute path; a folder that is not there is not made
 * @throws UserError
 */
export function withStore<T>(data: string, work: (store: Store) => T): T {
  checkFolder(data);
  const store = usable(data, () => openBesideDaemon(data));
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/**
 * A folder is made by the daemon only, and nothing is put among other people's files: it would be a typing error's.
 * @throws UserError `not-found`
 */
export function checkFolder(data: string): void {
  const isThere = usable(data, () => {
    if (statSync(data, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
    return existsSync(join(data, 'orbweaver.db')) || readdirSync(data).length === 0;
  });
  if (isThere) return;
  throw new UserError(
    'not-found',
    `There is no data folder "${data}": name the daemon's with --data, or start the daemon first.`,
  );
}

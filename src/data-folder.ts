import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { toError, UserError } from './errors.ts';
import type { Log } from './log.ts';

/**
 * Makes what is missing of a data folder, and closes it to everybody else.
 * @param outputs folders for what runs leave, which may be elsewhere, by the names of their settings
 * @returns absolute paths
 * @throws UserError that names the setting of an output folder; for the others what the file system throws
 */
export function makeDataFolders(
  dataFolder: string,
  outputs: Readonly<Record<'logs' | 'items', string>>,
  log: Log,
) {
  const data = resolve(dataFolder);
  const folders = {
    data,
    projects: join(data, 'projects'),
    uploads: join(data, 'uploads'),
    runs: join(data, 'runs'),
    hosts: join(data, 'hosts'),
    spiderData: join(data, 'spider-data'),
    stats: join(data, 'stats'),
    records: join(data, 'records'),
    builds: join(data, 'builds'),
  };
  for (const folder of Object.values(folders)) makeFolder(folder);
  for (const [name, folder] of Object.entries(outputs)) makeOutputFolder(name, folder);
  try {
    // It may have been there: the database and the arguments of jobs in it are nobody else's.
    chmodSync(data, 0o700);
  } catch (error) {
    log.warn({ data, error: toError(error).message }, 'the data folder could not be closed to others');
  }
  return folders;
}

/** Node's own recursive way never ends in some folders of the kernel's, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function makeOutputFolder(name: string, folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(
      'unavailable',
      `The folder "${folder}" cannot be used: ${toError(error).message}. Name another with --${name}, or mend it.`,
      { cause: error },
    );
  }
}

/**
 * Opens something of the data folder.
 * @throws UserError for whatever is wrong with it
 */
export function usable<T>(dataFolder: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      'unavailable',
      `The data folder "${dataFolder}" cannot be used: ${toError(error).message}. Name another with --data, or mend it.`,
      { cause: error },
    );
  }
}

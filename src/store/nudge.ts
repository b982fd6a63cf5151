import { utimesSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'changed';

/** Tells the daemon of a data folder, if one runs, that something was changed beside it. Without one nothing happens. */
export function nudgeDaemon(data: string): void {
  const now = new Date();
  try {
    utimesSync(join(data, NAME), now, now);
  } catch {
    // No daemon was ever here, or the disk is full: then it looks by itself, in its own time.
  }
}

/**
 * Calls back after each {@link nudgeDaemon}; on a full disk, and on file systems without events, never.
 * @returns what ends it
 */
export function onNudge(data: string, listener: () => void): () => void {
  const path = join(data, NAME);
  try {
    writeFileSync(path, '', { mode: 0o600 });
  } catch {
    return () => undefined;
  }
  const watcher = watch(path, { persistent: false }, listener);
  watcher.on('error', () => {
    watcher.close();
  });
  return () => {
    watcher.close();
  };
}

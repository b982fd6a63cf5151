import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Says by file-system events when a file may have changed. While the file does not exist its folder is watched. */
export class FileWatch {
  readonly #path: string;
  readonly #changed: () => void;
  #watcher: FSWatcher | null = null;
  #watched: 'file' | 'folder' | null = null;

  constructor(path: string, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
  }

  /** Watches the file itself, or its folder; again and again is fine. Whether that is new. */
  on(what: 'file' | 'folder'): boolean {
    if (this.#watched === what) return false;
    this.close();
    // Also where it fails: one attempt each is enough, whoever uses it looks now and then by itself.
    this.#watched = what;
    const name = basename(this.#path);
    try {
      const watcher = watch(what === 'file' ? this.#path : dirname(this.#path), (_event, changed) => {
        // A busy folder holds the logs of other runs too.
        if (what === 'file' || changed === null || changed === name) this.#changed();
      });
      watcher.on('error', () => {
        watcher.close();
      });
      this.#watcher = watcher;
    } catch {
      // No inotify watch or descriptor to be had, or no folder yet.
    }
    return true;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
    this.#watched = null;
  }
}

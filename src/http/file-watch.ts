import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Says when a file may have changed: by file-system events, and every `recheckMs` besides, for file systems that have
 * none and systems that have no watch to spare. While the file does not exist its folder is watched.
 */
export class FileWatch {
  readonly #path: string;
  readonly #changed: () => void;
  readonly #timer: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  #watched: 'file' | 'folder' | null = null;

  constructor(path: string, recheckMs: number, changed: () => void) {
    this.#path = path;
    this.#changed = changed;
    this.#timer = setInterval(changed, recheckMs);
  }

  /** Watches the file itself, or its folder; again and again is fine. */
  on(what: 'file' | 'folder'): void {
    if (this.#watched === what) return;
    this.#watcher?.close();
    this.#watcher = null;
    // Also where it fails: one attempt each is enough, the re-checks serve.
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
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watcher?.close();
    this.#watcher = null;
  }
}

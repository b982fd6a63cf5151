import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killProcessesOf } from './processes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Folders for throwaway data. At the end, whatever it is that ends us, they go, and so does what runs in them. */
export class Scratch implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'orbweaver-bench-'));
  readonly #onExit = () => {
    killProcessesOf(this.#root);
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
  };

  constructor() {
    process.once('exit', this.#onExit);
    for (const signal of SIGNALS) process.on(signal, exit);
  }

  folder(): string {
    return mkdtempSync(join(this.#root, 'target-'));
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, exit);
    process.off('exit', this.#onExit);
    this.#onExit();
  }
}

function exit(): never {
  process.exit(1);
}

import type { ProcessIdentity } from '../jobs/job.ts';
import { isRunning } from './process-identity.ts';

/** The kernel tells only a parent of an end; of another's child it must be asked. */
const MS_BETWEEN_CHECKS = 1000;

/** Follows processes whose host is gone to their end. */
export class Orphans {
  readonly #ended: (job: string) => void;
  readonly #processes = new Map<string, ProcessIdentity>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ended: (job: string) => void) {
    this.#ended = ended;
  }

  follow(job: string, process: ProcessIdentity): void {
    this.#processes.set(job, process);
    this.#timer ??= setInterval(() => {
      this.#check();
    }, MS_BETWEEN_CHECKS);
  }

  #check(): void {
    for (const [job, process] of this.#processes) {
      try {
        if (isRunning(process)) continue;
        this.#ended(job);
        this.#processes.delete(job);
      } catch {
        // It cannot be known now, nor what became of it; the next check asks again.
      }
    }
    if (this.#processes.size === 0) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

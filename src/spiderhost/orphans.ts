import type { ProcessIdentity } from '../jobs/job.ts';
import { limitOutput } from './output-limit.ts';
import { isRunning } from './process-identity.ts';
import type { StartRecord } from './protocol.ts';

/** The kernel tells only a parent of an end; of another's child it must be asked. */
const MS_BETWEEN_CHECKS = 1000;

/** What keeps a run's output below its limit. */
type Output = Pick<StartRecord['run'], 'stdout' | 'stderr' | 'outputLimit'>;

interface Orphan {
  process: ProcessIdentity;
  /** Null if it is not known. */
  output: Output | null;
}

/** Follows processes whose host is gone to their end, and keeps their output below its limit. */
export class Orphans {
  readonly #ended: (job: string) => void;
  readonly #processes = new Map<string, Orphan>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ended: (job: string) => void) {
    this.#ended = ended;
  }

  follow(job: string, orphan: Orphan): void {
    this.#processes.set(job, orphan);
    this.#timer ??= setInterval(() => {
      this.#check();
    }, MS_BETWEEN_CHECKS);
  }

  #check(): void {
    for (const [job, { process, output }] of this.#processes) {
      try {
        const runs = isRunning(process);
        // Also after the end, before the size of its output is recorded.
        if (output !== null) {
          limitOutput(output.stdout, output.outputLimit);
          limitOutput(output.stderr, output.outputLimit);
        }
        if (runs) continue;
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

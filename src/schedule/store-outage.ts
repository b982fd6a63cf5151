import { toError } from '../errors.ts';
import type { Log } from '../log.ts';

/** Tells of a store that fails, once and not for each fire and try, and of its return. */
export class StoreOutage {
  readonly #log: Log;
  /** Schedules that wait for the store. */
  readonly #waiting = new Set<string>();
  /** What it failed with since none waited. */
  readonly #reported = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The store has failed for this schedule, which waits. */
  failed(id: string, error: unknown): void {
    this.#waiting.add(id);
    const { message } = toError(error);
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.#log.error({ schedule: id, error: message }, 'a fire cannot be stored; trying every 5 s');
  }

  /** The store has done what this schedule wanted. */
  worked(id: string): void {
    if (!this.#waiting.delete(id) || this.#waiting.size > 0) return;
    this.#reported.clear();
    this.#log.info({}, 'no fire waits for the store any more');
  }
}

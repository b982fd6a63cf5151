import type { Clock } from '../../clock.ts';

/** How long the work waits after a page that failed. */
const RETRY_MS = 5000;

export interface PagesOptions {
  clock: Clock;
  /** A page failed; it is tried again. */
  onFault: (error: unknown) => void;
}

interface Walk {
  page: (after: number) => number | null;
  after: number;
  restMs: number;
}

/** Goes through a long list page by page, each in a turn of the event loop of its own. */
export class Pages {
  readonly #options: PagesOptions;
  #cancelNext: (() => void) | null = null;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /**
   * Does the first page at once; what was under way is left.
   * @param page does the page after a place in the list; returns the place of its end, or null when it was the last
   * @param restMs time between pages, for others
   * @throws what the first page throws
   */
  begin(page: (after: number) => number | null, restMs: number): void {
    this.stop();
    const after = page(0);
    if (after !== null) this.#goOn({ page, after, restMs }, restMs);
  }

  stop(): void {
    this.#cancelNext?.();
    this.#cancelNext = null;
  }

  #goOn(walk: Walk, inMs: number): void {
    const { clock, onFault } = this.#options;
    this.#cancelNext = clock.after(inMs, () => {
      try {
        const after = walk.page(walk.after);
        if (after !== null) this.#goOn({ ...walk, after }, walk.restMs);
      } catch (error) {
        onFault(error);
        this.#goOn(walk, RETRY_MS);
      }
    });
  }
}

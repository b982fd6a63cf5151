import type { Clock } from '../../clock.ts';

/**
 * No sleep is longer, however far off the next wake is: timers run on a clock that stops while the machine is
 * asleep and that knows nothing of steps of the wall clock.
 */
export const LONGEST_SLEEP_MS = 30_000;

export interface AlarmOptions {
  clock: Clock;
  /** When to wake, in milliseconds since the epoch; null when there is nothing to wake for. */
  nextAt: () => number | null;
  /** Gets the wall clock's time, which may be before or long after the time that was asked for. */
  wake: (now: number) => void;
}

/**
 * Keeps one timer armed for what comes next. The timer is an ordinary one, which keeps the process alive: the
 * daemon lives by its servers, and stops the scheduler, and with it the alarm, before it goes.
 */
export class Alarm {
  readonly #options: AlarmOptions;
  #cancelTimer: (() => void) | null = null;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** To be called when what comes next may have changed. */
  arm(): void {
    this.disarm();
    const { clock, nextAt } = this.#options;
    const at = nextAt();
    if (at === null) return;
    const sleep = Math.min(Math.max(0, at - clock.now()), LONGEST_SLEEP_MS);
    this.#cancelTimer = clock.after(sleep, () => {
      this.#ring();
    });
  }

  disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #ring(): void {
    this.#cancelTimer = null;
    this.#options.wake(this.#options.clock.now());
  }
}

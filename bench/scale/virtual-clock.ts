import type { Clock } from '../../src/clock.ts';

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that goes on only when it is let, from one timer to the next; many timers may be armed. */
export class VirtualClock implements Clock {
  #now: number;
  /** A binary heap, the earliest first. */
  readonly #timers: Timer[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, ms), callback };
    this.#push(timer);
    return () => {
      timer.callback = () => undefined;
    };
  };

  /** Lets time pass, with all that happens in it, also what promises put off. */
  async until(end: number): Promise<void> {
    for (let timer = this.#timers[0]; timer !== undefined && timer.at <= end; timer = this.#timers[0]) {
      this.#pop();
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
      await new Promise(setImmediate);
    }
    this.#now = end;
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let place = timers.push(timer) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = timers[parent];
      if (above === undefined || above.at <= timer.at) break;
      timers[place] = above;
      place = parent;
    }
    timers[place] = timer;
  }

  #pop(): void {
    const timers = this.#timers;
    const last = timers.pop();
    if (last === undefined || timers.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if ((timers[child + 1]?.at ?? Infinity) < (timers[child]?.at ?? Infinity)) child++;
      const below = timers[child];
      if (below === undefined || below.at >= last.at) break;
      timers[place] = below;
      place = child;
    }
    timers[place] = last;
  }
}

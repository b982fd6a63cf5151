import type { Clock } from '../../src/clock.ts';

interface Timer {
  /** On the clock of the timers, which no step of the wall clock touches. */
  due: number;
  callback: () => void;
}

/** A wall clock that can be stepped, and timers that run on time that can be made to pass. */
export class FakeClock implements Clock {
  /** Every sleep that was asked for, in milliseconds. */
  readonly sleeps: number[] = [];
  #wall: number;
  #passed = 0;
  readonly #timers = new Set<Timer>();

  constructor(wall: number) {
    this.#wall = wall;
  }

  get armed(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#wall;
  }

  /** Milliseconds of timers, which stand still while the machine is asleep. */
  get passed(): number {
    return this.#passed;
  }

  after(ms: number, callback: () => void): () => void {
    this.sleeps.push(ms);
    // As Node has it: a timer is never due at once.
    const timer = { due: this.#passed + Math.max(1, ms), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Lets time pass, with all that happens in it. */
  pass(ms: number): void {
    const end = this.#passed + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#goTo(timer.due);
      timer.callback();
    }
    this.#goTo(end);
  }

  /** The wall clock is set by this much; a machine that was asleep looks the same. */
  step(ms: number): void {
    this.#wall += ms;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.due <= end && timer.due < (next?.due ?? Infinity)) next = timer;
    return next;
  }

  #goTo(passed: number): void {
    this.#wall += passed - this.#passed;
    this.#passed = passed;
  }
}

/** The wall clock and its timers, passed in so that a spec can be its own clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Runs `callback` once, after `ms`. Returns what cancels it. */
  after: (ms: number, callback: () => void) => () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

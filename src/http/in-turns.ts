import { setImmediate } from 'node:timers/promises';

/** How long one turn may take, in milliseconds: others are answered in between. */
const TURN_MS = 10;

/**
 * Does a long work step by step, some steps in each turn of the event loop.
 * @param isLeft whether nobody waits for the result any more
 * @returns what the work comes to; null if it was given up
 */
export async function inTurns<Result>(
  work: Generator<unknown, Result>,
  isLeft: () => boolean,
): Promise<Result | null> {
  let turnEnds = performance.now() + TURN_MS;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() < turnEnds) continue;
    await setImmediate();
    if (isLeft()) return null;
    turnEnds = performance.now() + TURN_MS;
  }
}

import fc from 'fast-check';

/** What a round kills, in this order, before the daemon is started again on its folder. */
export type Turn =
  | 'daemon'
  /** In the moment when a schedule fires. */
  | 'daemon at a fire'
  /** Twice: while it serves, and again while it starts. */
  | 'daemon, and at its start'
  | 'host, then daemon'
  | 'daemon, then host'
  | 'daemon, then host and spiders';

/** One kill, or a few together. Durations are in milliseconds; which of them count depends on the turn. */
export interface Round {
  turn: Turn;
  /** How long the daemon serves before. */
  upMs: number;
  /** How much later than the fire it is killed. */
  aimMs: number;
  /** Between the first and the second that is killed. */
  betweenMs: number;
  /** How long a start goes on that is not let come to its end. */
  startMs: number;
  /** Between the last kill and the start. */
  downMs: number;
  /** How much longer than to the kills the spider of this round runs. */
  spiderMs: number;
}

/** Dealt round by round, so that a few rounds have some of everything. */
const TURNS: readonly Turn[] = [
  'daemon at a fire',
  'host, then daemon',
  'daemon, and at its start',
  'daemon, then host and spiders',
  'daemon',
  'daemon at a fire',
  'daemon',
  'daemon, then host',
  'daemon at a fire',
  'daemon',
];

/**
 * What happens, and when; the same for the same seed.
 * @param mostMs the longest that a daemon is up or down
 */
export function drawRounds({
  seed,
  count,
  mostMs,
}: {
  seed: number;
  count: number;
  mostMs: number;
}): Round[] {
  const upTo = (max: number) => fc.noBias(fc.integer({ min: 0, max }));
  const times = fc.record({
    upMs: upTo(mostMs),
    aimMs: upTo(60),
    betweenMs: upTo(mostMs / 2),
    startMs: upTo(1000),
    downMs: upTo(mostMs),
    spiderMs: upTo(2 * mostMs),
  });
  return fc
    .sample(times, { seed, numRuns: count })
    .map((drawn, index) => ({ turn: TURNS[index % TURNS.length] ?? 'daemon', ...drawn }));
}

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export const START = Date.parse('2026-01-01T00:00:00Z');

/** What happens to the daemon and to its clock; `after`: how long after the start, by timers that never stand still. */
export type Disturbance = { after: number } & (
  | { kind: 'restart'; downMs: number }
  /** The wall clock is set. */
  | { kind: 'step'; byMs: number }
  /** The machine is asleep: timers stand still. */
  | { kind: 'suspend'; forMs: number }
);

const day = (days: number, hours = 0) => days * DAY_MS + hours * HOUR_MS;

/** Far enough from each other that what one causes is over before the next. */
export const DISTURBANCES: readonly Disturbance[] = [
  { after: day(9, 3.21), kind: 'restart', downMs: 1 },
  { after: day(31, 7.02), kind: 'restart', downMs: 40 * SECOND_MS },
  { after: day(58, 8.91), kind: 'step', byMs: HOUR_MS },
  { after: day(66, 6.4), kind: 'restart', downMs: 3 * HOUR_MS },
  { after: day(87, 0.77), kind: 'step', byMs: -HOUR_MS },
  { after: day(101, 9.11), kind: 'restart', downMs: 2 * DAY_MS },
  { after: day(130, 16.6), kind: 'suspend', forMs: DAY_MS },
  { after: day(158, 23.3), kind: 'restart', downMs: 5 * MINUTE_MS },
  { after: day(190, 8.97), kind: 'step', byMs: -HOUR_MS },
  { after: day(214, 1.31), kind: 'restart', downMs: 10 * HOUR_MS },
  { after: day(241, 16.95), kind: 'step', byMs: HOUR_MS },
  { after: day(270, 12.5), kind: 'suspend', forMs: 7 * MINUTE_MS },
  { after: day(300, 22.86), kind: 'restart', downMs: 20 * SECOND_MS },
  { after: day(318, 8.3), kind: 'restart', downMs: 9 * DAY_MS },
  { after: day(345, 2.2), kind: 'restart', downMs: 2 * HOUR_MS },
];

/** The year ends so long after its start. */
export const LENGTH_MS = day(365);

import { Cron } from 'croner';
import { Recent } from '../recent.ts';
import type { CronRecurrence } from './recurrence.ts';

/** To construct one takes as long as to ask it once; it holds 80 KB. */
const crons = new Recent<Cron>(100);

/** The first fire later than `after`, by croner's rules on the clocks of the zone; null when there is none. */
export function nextByCron({ pattern }: CronRecurrence, after: number, zone: string): number | null {
  return cronOf(pattern, zone).nextRun(new Date(after))?.getTime() ?? null;
}

/** The last fire by `by`; null when there is none. */
export function lastByCron({ pattern }: CronRecurrence, by: number, zone: string): number | null {
  const [last] = cronOf(pattern, zone).previousRuns(1, new Date(by + 1));
  return last?.getTime() ?? null;
}

/** A list of hours is a list of times of day, each of which fires once whatever the clocks do. */
function cronOf(pattern: string, zone: string): Cron {
  const options = { paused: true, timezone: zone, fixedTimeRule: 'no-wildcard' } as const;
  return crons.get(`${zone} ${pattern}`, () => new Cron(pattern, options));
}

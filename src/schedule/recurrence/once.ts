import { startOf } from '../time/moment.ts';
import type { OnceRecurrence, Origin } from './recurrence.ts';

/** When it is. */
export function instantOfOnce({ at }: OnceRecurrence, { anchorAt, zone }: Origin): number {
  return 'afterMs' in at ? anchorAt + at.afterMs : startOf(at, zone);
}

import { setImmediate } from 'node:timers/promises';
import type { ScheduleStore } from '../schedule-store.ts';

/** What is remembered of each schedule's fires: the last of them. */
const KEPT_FIRES = 1000;
/** How many schedules are looked through in one transaction. */
const BATCH = 100;

/** Forgets old fires. */
export async function removeOldFires(store: Pick<ScheduleStore, 'removeOldFires'>): Promise<void> {
  for (let after: number | null = 0; after !== null;) {
    after = store.removeOldFires(KEPT_FIRES, { after, limit: BATCH });
    await setImmediate();
  }
}

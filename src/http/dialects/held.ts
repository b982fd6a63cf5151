import type { StoreView } from '../../access/store-view.ts';

/** Which of these projects are held, for lists that know no such thing: nothing at all while none is. */
export function heldOf(store: StoreView, projects: readonly string[]): { held?: string[] } {
  const held = store.projectEntries().filter((entry) => entry.held && projects.includes(entry.name));
  return held.length === 0 ? {} : { held: held.map(({ name }) => name) };
}

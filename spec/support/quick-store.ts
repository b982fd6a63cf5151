import type { Store } from '../../src/store/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

/** A store whose disk takes no time: what waits for that goes on before the next turn of the event loop. */
export function openQuickStore(path: string): Store {
  return { ...openSqliteStore(path), sync: () => Promise.resolve() };
}

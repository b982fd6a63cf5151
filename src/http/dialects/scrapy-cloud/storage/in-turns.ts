import { setImmediate } from 'node:timers/promises';

/** How long one turn may take, in milliseconds: others are answered in between. */
const TURN_MS = 10;

/** Makes something of each item in order, some in each turn of the event loop. */
export async function mapInTurns<Item, Made>(
  items: readonly Item[],
  make: (item: Item, index: number) => Made,
): Promise<Made[]> {
  const made: Made[] = [];
  let turnEnds = performance.now() + TURN_MS;
  for (const [index, item] of items.entries()) {
    made.push(make(item, index));
    if (performance.now() < turnEnds) continue;
    await setImmediate();
    turnEnds = performance.now() + TURN_MS;
  }
  return made;
}

/** 32 slots a level, so that the bits of one integer say which of them are occupied. */
const SLOTS = 32;
const LEVELS = 8;
/** Length of a slot of each level: 1 ms, 32 ms, about 1 s, 33 s, 17 min, 9 h, 12 days, 1 year. */
const SLOT_MS = Array.from({ length: LEVELS }, (_, level) => SLOTS ** level);
/** What all levels together tell apart: about 35 years. */
const SPAN_MS = SLOTS ** LEVELS;

/** Lists of entries beside the slots: those that are due, and those further off than the levels reach. */
const DUE = LEVELS * SLOTS;
const BEYOND = DUE + 1;

/** What is held, and its neighbours in the list of its place: a list of links costs less memory than a set. */
interface Entry {
  id: string;
  at: number;
  /** Orders entries of one instant by their insertion. */
  order: number;
  /** Where it is held: the number of its level times 32 and of its slot, or `DUE` or `BEYOND`. */
  place: number;
  previous: Entry | null;
  next: Entry | null;
}

/**
 * A hierarchical timing wheel: holds ids by the instant at which each is due (milliseconds since the epoch).
 * Insert and cancel take constant time, however many ids there are.
 *
 * An instant is read as a number of base 32. An entry lies on the level of the highest digit in which it differs
 * from the wheel's time, in the slot that this digit names; when the wheel's time takes that digit on, the entry
 * comes down to the level of the next one, at most eight times in all.
 *
 * G. Varghese and T. Lauck, "Hashed and hierarchical timing wheels", 11th ACM Symposium on Operating Systems
 * Principles, 1987, scheme 7.
 */
export class TimerWheel {
  #now: number;
  #inserted = 0;
  readonly #entries = new Map<string, Entry>();
  /** The first entry at each place; those that are due are handed out by the next advance. */
  readonly #first = Array<Entry | null>(BEYOND + 1).fill(null);
  /** For each level, the bits of its occupied slots. */
  readonly #occupied = new Int32Array(LEVELS);

  /** @param now the wheel's time, in milliseconds since the epoch */
  constructor(now: number) {
    this.#now = instant(now);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Holds `id` until `at`, instead of until whenever it was held before. */
  insert(id: string, at: number): void {
    instant(at);
    this.cancel(id);
    const entry: Entry = { id, at, order: this.#inserted++, place: DUE, previous: null, next: null };
    this.#entries.set(id, entry);
    this.#put(entry);
  }

  /** False if the id was not held. */
  cancel(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    this.#entries.delete(id);
    this.#takeOut(entry);
    return true;
  }

  /**
   * Sets the wheel's time and lets go of the ids due by then, ordered by their instants, then by insertion.
   * A jump over months steps through no empty slots. A step back hands out nothing that is not due at the new time.
   */
  advance(now: number): string[] {
    instant(now);
    if (now < this.#now) this.#stepBack(now);
    else this.#moveOn(now);
    const due = [...this.#emptied(DUE)].sort((a, b) => a.at - b.at || a.order - b.order);
    for (const entry of due) this.#entries.delete(entry.id);
    return due.map((entry) => entry.id);
  }

  /**
   * When to advance next: the start of the next occupied slot. Never later than the first id is due, but perhaps
   * earlier, since the ids of a long slot are told apart only when it begins. Null when nothing is held.
   */
  nextAt(): number | null {
    if (this.#at(DUE) !== null) return this.#now;
    for (const [level, occupied] of this.#occupied.entries()) {
      if (occupied !== 0) return startOf(this.#now, level + 1) + lowestBit(occupied) * slotMs(level);
    }
    return this.#at(BEYOND) !== null ? startOf(this.#now, LEVELS) + SPAN_MS : null;
  }

  #put(entry: Entry): void {
    const place = this.#placeOf(entry.at);
    const next = this.#at(place);
    entry.place = place;
    entry.previous = null;
    entry.next = next;
    if (next !== null) next.previous = entry;
    this.#first[place] = entry;
    if (place < DUE) this.#mark(place, true);
  }

  #takeOut({ place, previous, next }: Entry): void {
    if (next !== null) next.previous = previous;
    if (previous !== null) previous.next = next;
    else {
      this.#first[place] = next;
      if (next === null && place < DUE) this.#mark(place, false);
    }
  }

  #placeOf(at: number): number {
    if (at <= this.#now) return DUE;
    const level = highestDifference(this.#now, at);
    return level === LEVELS ? BEYOND : level * SLOTS + digit(at, level);
  }

  /** All below the highest digit that changes is past, and on its level the slots up to the new digit are. */
  #moveOn(now: number): void {
    const top = highestDifference(this.#now, now);
    this.#now = now;
    for (let level = 0; level < Math.min(top, LEVELS); level++) this.#empty(level, SLOTS - 1);
    if (top < LEVELS) this.#empty(top, digit(now, top));
    else for (const entry of this.#emptied(BEYOND)) this.#put(entry);
  }

  /** Puts the entries of a level's slots, up to `last`, where they belong by the wheel's new time. */
  #empty(level: number, last: number): void {
    let bits = this.#bits(level) & (last === SLOTS - 1 ? -1 : (1 << (last + 1)) - 1);
    this.#occupied[level] = this.#bits(level) & ~bits;
    for (; bits !== 0; bits &= bits - 1)
      for (const entry of this.#emptied(level * SLOTS + lowestBit(bits))) this.#put(entry);
  }

  /** Every entry's place depends on the wheel's time, so all are placed anew. */
  #stepBack(now: number): void {
    this.#now = now;
    this.#first.fill(null);
    this.#occupied.fill(0);
    for (const entry of this.#entries.values()) this.#put(entry);
  }

  /** Takes all entries from a place. Each may be put elsewhere before the next is asked for. */
  *#emptied(place: number): Generator<Entry, void> {
    let entry = this.#at(place);
    this.#first[place] = null;
    while (entry !== null) {
      const { next }: Entry = entry;
      yield entry;
      entry = next;
    }
  }

  #at(place: number): Entry | null {
    return this.#first[place] ?? null;
  }

  #mark(place: number, isOccupied: boolean): void {
    const [level, bit] = [Math.floor(place / SLOTS), 1 << (place % SLOTS)];
    this.#occupied[level] = isOccupied ? this.#bits(level) | bit : this.#bits(level) & ~bit;
  }

  #bits(level: number): number {
    return this.#occupied[level] ?? 0;
  }
}

function instant(at: number): number {
  if (Number.isSafeInteger(at)) return at;
  throw new RangeError(`"${at}" is not an instant in whole milliseconds since the epoch`);
}

function slotMs(level: number): number {
  return SLOT_MS[level] ?? SPAN_MS;
}

/** The start of the slot of this level in which an instant lies. */
function startOf(at: number, level: number): number {
  return Math.floor(at / slotMs(level)) * slotMs(level);
}

/** The digit of an instant, in base 32, that names its slot on a level. */
function digit(at: number, level: number): number {
  const above = at / slotMs(level);
  return Math.floor(above) - Math.floor(above / SLOTS) * SLOTS;
}

/** The level of the highest digit in which two instants differ, at most `LEVELS`; 0 if they are equal. */
function highestDifference(a: number, b: number): number {
  let level = 0;
  while (level < LEVELS && startOf(a, level + 1) !== startOf(b, level + 1)) level++;
  return level;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** 32 slots a level, so that the bits of one integer say which of them are occupied. */
const SLOTS = 32;
const LEVELS = 8;
/** Length of a slot of each level: 1 ms, 32 ms, about 1 s, 33 s, 17 min, 9 h, 12 days, 1 year. */
const SLOT_MS = Array.from({ length: LEVELS }, (_, level) => SLOTS ** level);
/** What all levels together tell apart: about 35 years. */
const SPAN_MS = SLOTS ** LEVELS;

interface Entry {
  id: string;
  at: number;
  /** Orders entries of one instant by their insertion. */
  order: number;
  /** Where it is held. */
  place: Place;
}

type Place = { level: number; slot: number } | 'due' | 'beyond';

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
  readonly #levels = Array.from({ length: LEVELS }, () =>
    Array.from({ length: SLOTS }, () => new Set<Entry>()),
  );
  /** For each level, the bits of its occupied slots. */
  readonly #occupied = new Int32Array(LEVELS);
  /** Not later than the wheel's time: handed out by the next advance. */
  readonly #due = new Set<Entry>();
  /** Further off than the levels reach. */
  readonly #beyond = new Set<Entry>();

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
    const entry: Entry = { id, at, order: this.#inserted++, place: 'due' };
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
    const due = [...this.#due].sort((a, b) => a.at - b.at || a.order - b.order);
    this.#due.clear();
    for (const entry of due) this.#entries.delete(entry.id);
    return due.map((entry) => entry.id);
  }

  /**
   * When to advance next: the start of the next occupied slot. Never later than the first id is due, but perhaps
   * earlier, since the ids of a long slot are told apart only when it begins. Null when nothing is held.
   */
  nextAt(): number | null {
    if (this.#due.size > 0) return this.#now;
    for (const [level, occupied] of this.#occupied.entries()) {
      if (occupied !== 0) return startOf(this.#now, level + 1) + lowestBit(occupied) * slotMs(level);
    }
    return this.#beyond.size > 0 ? startOf(this.#now, LEVELS) + SPAN_MS : null;
  }

  #put(entry: Entry): void {
    entry.place = this.#placeOf(entry.at);
    if (entry.place === 'due') this.#due.add(entry);
    else if (entry.place === 'beyond') this.#beyond.add(entry);
    else {
      const { level, slot } = entry.place;
      this.#slot(level, slot).add(entry);
      this.#occupied[level] = this.#bits(level) | (1 << slot);
    }
  }

  #takeOut(entry: Entry): void {
    if (entry.place === 'due') this.#due.delete(entry);
    else if (entry.place === 'beyond') this.#beyond.delete(entry);
    else {
      const { level, slot } = entry.place;
      const entries = this.#slot(level, slot);
      entries.delete(entry);
      if (entries.size === 0) this.#occupied[level] = this.#bits(level) & ~(1 << slot);
    }
  }

  #placeOf(at: number): Place {
    if (at <= this.#now) return 'due';
    const level = highestDifference(this.#now, at);
    return level === LEVELS ? 'beyond' : { level, slot: digit(at, level) };
  }

  /** All below the highest digit that changes is past, and on its level the slots up to the new digit are. */
  #moveOn(now: number): void {
    const top = highestDifference(this.#now, now);
    this.#now = now;
    for (let level = 0; level < Math.min(top, LEVELS); level++) this.#empty(level, SLOTS - 1);
    if (top < LEVELS) this.#empty(top, digit(now, top));
    else {
      const beyond = [...this.#beyond];
      this.#beyond.clear();
      for (const entry of beyond) this.#put(entry);
    }
  }

  /** Puts the entries of a level's slots, up to `last`, where they belong by the wheel's new time. */
  #empty(level: number, last: number): void {
    let bits = this.#bits(level) & (last === SLOTS - 1 ? -1 : (1 << (last + 1)) - 1);
    this.#occupied[level] = this.#bits(level) & ~bits;
    for (; bits !== 0; bits &= bits - 1) {
      const entries = this.#slot(level, lowestBit(bits));
      const moved = [...entries];
      entries.clear();
      for (const entry of moved) this.#put(entry);
    }
  }

  /** Every entry's place depends on the wheel's time, so all are placed anew. */
  #stepBack(now: number): void {
    for (const entry of this.#entries.values()) this.#takeOut(entry);
    this.#now = now;
    for (const entry of this.#entries.values()) this.#put(entry);
  }

  #slot(level: number, slot: number): Set<Entry> {
    const entries = this.#levels[level]?.[slot];
    if (entries === undefined) throw new RangeError(`the wheel has no slot ${slot} on level ${level}`);
    return entries;
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

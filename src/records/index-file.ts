import type { FileHandle } from 'node:fs/promises';
import { openIfThere, readAt } from './open-file.ts';

/** Record `number` begins at byte `offset`; it, and those up to the next entry, were written at `ts` (ms). */
export interface IndexEntry {
  number: number;
  offset: number;
  ts: number;
}

export const ENTRY_BYTES = 24;

/** Most records from one entry to the next; so many have to be read to find one. */
export const RECORDS_PER_ENTRY = 64;

const PAGE_ENTRIES = 64;

/**
 * An index of records: entries of 24 bytes (number, offset, time; unsigned 64 bits, little-endian), in rising order. It is
 * read a page at a time, however long it is. What is not a whole entry yet, or one beyond the lines, does not count.
 */
export class IndexFile {
  /** Entries that count. */
  readonly length: number;
  readonly #file: FileHandle | null;
  #page: { first: number; bytes: Buffer } | null = null;

  private constructor(file: FileHandle | null, length: number) {
    this.#file = file;
    this.length = length;
  }

  /** @param linesSize bytes of the lines that count */
  static async open(path: string, linesSize: number): Promise<IndexFile> {
    const file = await openIfThere(path);
    if (file === null) return new IndexFile(null, 0);
    try {
      const { size } = await file.stat();
      const whole = new IndexFile(file, Math.floor(size / ENTRY_BYTES));
      return new IndexFile(file, await whole.#countWhile(({ offset }) => offset < linesSize));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The entry at a place; null if there is none. */
  async entry(at: number): Promise<IndexEntry | null> {
    return at >= 0 && at < this.length ? this.#read(at) : null;
  }

  /** Where the last entry is that comes not after a record; -1 if the first does. */
  async lastUpTo(number: number): Promise<number> {
    return (await this.#countWhile((entry) => entry.number <= number)) - 1;
  }

  /** Where the last entry is that comes not after an offset of the lines; -1 if the first does. */
  async lastUpToOffset(offset: number): Promise<number> {
    return (await this.#countWhile((entry) => entry.offset <= offset)) - 1;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  /** How many entries, from the first on, are such: in rising order they stand together. */
  async #countWhile(isSuch: (entry: IndexEntry) => boolean): Promise<number> {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (isSuch(await this.#read(middle))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #read(at: number): Promise<IndexEntry> {
    const first = at - (at % PAGE_ENTRIES);
    if (this.#page?.first !== first) {
      const page = Buffer.alloc(PAGE_ENTRIES * ENTRY_BYTES);
      if (this.#file !== null) await readAt(this.#file, page, first * ENTRY_BYTES);
      this.#page = { first, bytes: page };
    }
    const from = (at - first) * ENTRY_BYTES;
    const { bytes } = this.#page;
    return {
      number: Number(bytes.readBigUInt64LE(from)),
      offset: Number(bytes.readBigUInt64LE(from + 8)),
      ts: Number(bytes.readBigUInt64LE(from + 16)),
    };
  }
}

/** Entries as the file has them. */
export function entryBytes(entries: readonly IndexEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * ENTRY_BYTES);
  for (const [at, { number, offset, ts }] of entries.entries()) {
    bytes.writeBigUInt64LE(BigInt(number), at * ENTRY_BYTES);
    bytes.writeBigUInt64LE(BigInt(offset), at * ENTRY_BYTES + 8);
    bytes.writeBigUInt64LE(BigInt(ts), at * ENTRY_BYTES + 16);
  }
  return bytes;
}

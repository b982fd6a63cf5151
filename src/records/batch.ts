import { statSync } from 'node:fs';
import { ENTRY_BYTES, entryBytes, IndexFile, RECORDS_PER_ENTRY, type IndexEntry } from './index-file.ts';
import { openIfThere, readAt } from './open-file.ts';
import { readRows } from './read-rows.ts';
import type { KindFiles } from './record-kind.ts';
import type { Change } from './redo.ts';

/** Records to store, with the number of the first; `null` puts them behind the last. */
export interface Batch {
  lines: readonly Buffer[];
  start: number | null;
  /** When they came, in ms; later than all before. */
  ts: number;
  /** Whether a record that is there already stays instead of one with the same number. */
  isKept: boolean;
}

/** Where the records end. */
export interface End {
  /** Number of the next. */
  number: number;
  /** Bytes of whole lines. */
  size: number;
  /** Entries of the index that count. */
  entries: number;
  /** Time of the last, in ms; 0 if there is none. */
  ts: number;
}

const MAX_BYTES_PER_ENTRY = 1024 * 1024;
const BACKWARDS_BYTES = 64 * 1024;
const LINE_FEED = Buffer.from('\n');

/** Where the records end now. What is written at the same time may not count. */
export async function endOf(files: KindFiles): Promise<End> {
  const size = await wholeSize(files.lines);
  const index = await IndexFile.open(files.index, size);
  try {
    const last = await index.entry(index.length - 1);
    let number = last?.number ?? 0;
    for await (const rows of readRows(files, { offset: last?.offset ?? 0 }, size)) {
      number = (rows.at(-1)?.number ?? number) + 1;
    }
    return { number, size, entries: index.length, ts: last?.ts ?? 0 };
  } finally {
    await index.close();
  }
}

/** What has to change so that a batch is there; null if it is already. */
export async function changeFor(files: KindFiles, batch: Batch, end: End): Promise<Change | null> {
  const { lines, isKept } = batch;
  const start = batch.start ?? end.number;
  const there = start < end.number ? await compare(files, lines, start, end.size) : null;
  if (there !== null && !isKept && !there.isSame)
    return rewriting(files, batch, start, there.firstOffset, end);
  const first = Math.max(start, end.number);
  const added = lines.slice(first - start);
  if (added.length === 0) return null;
  const entries = new Entries(end.entries === 0 ? unindexed(files, end.size) : []);
  let offset = end.size;
  for (const [at, line] of added.entries()) {
    entries.add({ number: first + at, offset, ts: batch.ts });
    offset += line.length + 1;
  }
  return {
    linesAt: end.size,
    lines: joined(added),
    indexAt: end.entries * ENTRY_BYTES,
    index: () => entries.bytes(),
    isAppend: true,
  };
}

/** Whether all numbers of a batch that come before the end are there with its very text, and where they begin. */
async function compare(files: KindFiles, lines: readonly Buffer[], start: number, size: number) {
  let firstOffset: number | null = null;
  let next = start;
  let isSame = true;
  for await (const rows of readRows(files, { number: start }, size)) {
    for (const { number, line, offset } of rows) {
      firstOffset ??= offset;
      if (number - start >= lines.length)
        return { isSame: isSame && next === start + lines.length, firstOffset };
      isSame &&= number === next && lines[number - start]?.equals(line) === true;
      next = number + 1;
    }
  }
  return { isSame, firstOffset };
}

/** The change by which records come between others, or in place of them: all from there on are written anew. */
async function rewriting(
  files: KindFiles,
  { lines, ts }: Batch,
  start: number,
  firstOffset: number | null,
  end: End,
): Promise<Change> {
  const linesAt = firstOffset ?? end.size;
  const index = await IndexFile.open(files.index, linesAt);
  await index.close();
  const entries = new Entries(index.length === 0 ? unindexed(files, linesAt) : []);
  async function* merged(): AsyncGenerator<Buffer> {
    let offset = linesAt;
    let next = 0;
    const put = (number: number, line: Buffer, when: number) => {
      entries.add({ number, offset, ts: when });
      offset += line.length + 1;
      return [line, LINE_FEED];
    };
    for await (const rows of readRows(files, { offset: linesAt }, end.size)) {
      const made: Buffer[] = [];
      for (const row of rows) {
        const before = lines.slice(next, Math.max(next, row.number - start));
        made.push(...before.flatMap((line, at) => put(start + next + at, line, ts)));
        next += before.length;
        const instead = start + next === row.number ? lines[next++] : undefined;
        const isNew = instead !== undefined && !instead.equals(row.line);
        made.push(...put(row.number, isNew ? instead : row.line, isNew ? ts : row.ts));
      }
      yield Buffer.concat(made);
    }
    const rest = lines.slice(next).flatMap((line, at) => put(start + next + at, line, ts));
    yield Buffer.concat(rest);
  }
  return {
    linesAt,
    lines: merged(),
    indexAt: index.length * ENTRY_BYTES,
    index: () => entries.bytes(),
    isAppend: false,
  };
}

/** The entry that lines from when no index was kept have to have, once there is one. */
function unindexed({ lines }: KindFiles, size: number): IndexEntry[] {
  return size === 0 ? [] : [{ number: 0, offset: 0, ts: Math.floor(statSync(lines).mtimeMs) }];
}

function* joined(lines: readonly Buffer[]): Generator<Buffer> {
  yield Buffer.concat(lines.flatMap((line) => [line, LINE_FEED]));
}

/** Makes the entries for records that follow each other in the file. */
class Entries {
  readonly #entries: IndexEntry[];
  #last: IndexEntry | null = null;
  #next = 0;

  constructor(before: IndexEntry[]) {
    this.#entries = before;
  }

  add(record: IndexEntry): void {
    const { number, offset, ts } = record;
    const last = this.#last;
    if (
      last?.ts !== ts ||
      number !== this.#next ||
      number - last.number >= RECORDS_PER_ENTRY ||
      offset - last.offset >= MAX_BYTES_PER_ENTRY
    ) {
      this.#entries.push(record);
      this.#last = record;
    }
    this.#next = number + 1;
  }

  bytes(): Buffer {
    return entryBytes(this.#entries);
  }
}

/** Bytes of a file up to its last line feed. */
async function wholeSize(path: string): Promise<number> {
  const file = await openIfThere(path);
  if (file === null) return 0;
  try {
    let { size } = await file.stat();
    while (size > 0) {
      const from = Math.max(0, size - BACKWARDS_BYTES);
      const bytes = await readAt(file, Buffer.allocUnsafe(size - from), from);
      const at = bytes.lastIndexOf(0x0a);
      if (at !== -1) return from + at + 1;
      size = from;
    }
    return 0;
  } finally {
    await file.close();
  }
}

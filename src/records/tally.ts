import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { fieldsOf, type Field } from './json-fields.ts';
import { MsgpackWriter } from './msgpack.ts';
import type { KindFiles, RecordKind } from './record-kind.ts';
import { readRows } from './read-rows.ts';

/** Totals of a job's records of one kind. */
export interface Tally {
  /** How many there are. */
  count: number;
  /** What they take in MessagePack; of log entries only their messages. */
  bytes: number;
  /**
   * How many there are with each field at their top (of requests without `time`, and without those that are null); of
   * log entries, how many of each level. Of hostile ones with ever new fields not all are named.
   */
  counts: Map<string, number>;
}

/** Totals of the records before an offset of the file of lines. */
export interface Counted extends Tally {
  offset: number;
}

const MAX_NAMES = 10_000;
const MAX_TALLY_BYTES = 8 * 1024 * 1024;

/** Python's number of that level. */
export const ERROR = 40;

/** How many of the log entries are errors, by how many there are of each level. */
export function errorsAmong(levels: Iterable<readonly [level: string, count: number]>): number {
  return [...levels].reduce((sum, [level, count]) => sum + (Number(level) >= ERROR ? count : 0), 0);
}

/**
 * Totals of what is there: what the run's process or an earlier call has counted, and then what came after that.
 * @param size bytes of the lines to count
 * @param keep is asked, when something was counted, whether to write that down
 */
export async function tallyOf(
  files: KindFiles,
  kind: RecordKind,
  size: number,
  keep: () => boolean,
): Promise<Tally> {
  const known = readTally(files.tally, size);
  if (known.offset === size) return known;
  const counter = new Counter(kind, known);
  for await (const rows of readRows(files, { offset: known.offset }, size)) {
    for (const { line, offset } of rows) counter.add(line, offset + line.length + 1);
  }
  if (counter.counted.offset > known.offset && keep()) writeTally(files.tally, counter.counted);
  return counter.counted;
}

class Counter {
  readonly counted: Counted;
  readonly #kind: RecordKind;
  readonly #msgpack = new MsgpackWriter();
  #fields: Field[] = [];

  constructor(kind: RecordKind, { count, bytes, counts, offset }: Counted) {
    this.#kind = kind;
    this.counted = { count, bytes, counts: new Map(counts), offset };
  }

  /** @param end the offset behind it */
  add(line: Buffer, end: number): void {
    const { counted } = this;
    counted.offset = end;
    counted.count += 1;
    const fields = fieldsOf(line, this.#fields);
    this.#fields = fields;
    if (this.#kind === 'logs') {
      for (const { name, start, end: valueEnd } of fields) {
        const value = line.subarray(start, valueEnd);
        if (name === 'message') counted.bytes += this.#sizeOf(value);
        else if (name === 'level') this.#name(value.toString());
      }
      return;
    }
    counted.bytes += this.#sizeOf(line);
    for (const { name, start } of fields) {
      // No other value begins with an n.
      if (this.#kind === 'requests' && (name === 'time' || line[start] === 0x6e)) continue;
      this.#name(name);
    }
  }

  #name(name: string): void {
    const { counts } = this.counted;
    const before = counts.get(name);
    if (before !== undefined || counts.size < MAX_NAMES) counts.set(name, (before ?? 0) + 1);
  }

  #sizeOf(json: Buffer): number {
    try {
      return this.#msgpack.sizeOf(json);
    } catch (error) {
      // A spider can write to its own files what is no JSON.
      if (error instanceof SyntaxError) return 0;
      throw error;
    }
  }
}

/** What was counted already; nothing, where the file is not there, not whole, or is of other lines. */
export function readTally(path: string, size: number): Counted {
  const nothing = { count: 0, bytes: 0, counts: new Map<string, number>(), offset: 0 };
  const { count, bytes, offset, counts } = fileOf(path);
  if (!isCount(count) || !isCount(bytes) || !isCount(offset) || offset > size) return nothing;
  if (typeof counts !== 'object' || counts === null) return nothing;
  const named = Object.entries(counts).filter((entry): entry is [string, number] => isCount(entry[1]));
  return { count, bytes, offset, counts: new Map(named) };
}

/** Spiders can write anything there. */
function fileOf(path: string): Partial<Record<keyof Counted, unknown>> {
  try {
    if (statSync(path).size > MAX_TALLY_BYTES) return {};
    return (JSON.parse(readFileSync(path, 'utf8')) as object | null) ?? {};
  } catch {
    return {};
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** If that fails they are counted again the next time. */
function writeTally(path: string, { count, bytes, counts, offset }: Counted): void {
  const temporary = `${path}.tmp`;
  try {
    const text = JSON.stringify({ count, bytes, counts: Object.fromEntries(counts), offset });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // A full disk, or a folder that is not there.
  }
}

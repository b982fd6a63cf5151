import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './text-of.ts';

/** What the file `<kind>.tally` of a run's records says. */
export interface Tally {
  count: number;
  bytes: number;
  counts: Record<string, number>;
  offset: number;
}

/** One entry of the file `<kind>.index`. */
export interface IndexEntry {
  number: number;
  offset: number;
  time: number;
}

/** The JSON documents of a file of lines; `undefined` where a line is none. */
export function linesOf<T>(path: string): (T | undefined)[] {
  const lines = textOf(path).split('\n').slice(0, -1);
  return lines.map((line) => {
    try {
      return JSON.parse(line) as T;
    } catch {
      return undefined;
    }
  });
}

export function tallyOf(folder: string, kind: string): Tally {
  return JSON.parse(textOf(join(folder, `${kind}.tally`))) as Tally;
}

export function indexOf(folder: string, kind: string): IndexEntry[] {
  const bytes = readFileSync(join(folder, `${kind}.index`));
  return Array.from({ length: bytes.length / 24 }, (_, at) => {
    const [number, offset, time] = [0, 8, 16].map((part) => Number(bytes.readBigUInt64LE(at * 24 + part)));
    return { number: number!, offset: offset!, time: time! };
  });
}

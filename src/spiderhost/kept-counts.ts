import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputPaths } from '../jobs/outputs.ts';

/** How many records a run has left: items, log entries of all levels, and of those the errors. */
export interface KeptCounts {
  items: number;
  logs: number;
  errors: number;
}

/** Python's number of that level. */
export const ERROR = 40;

/** What is not in a tally yet is that of a second, unless somebody broke it. */
const MOST_REST_BYTES = 4 * 1024 * 1024;

/**
 * What the run's process has counted, and the records after that, which a killed one could not count. Not exact where a
 * spider has put something else in their place.
 */
export function countKept({ items, records }: Pick<OutputPaths, 'items' | 'records'>): KeptCounts {
  const itemTally = readTally(join(records, 'items.tally'));
  const newItems = restOf(items, itemTally.offset).match(/\}$/gm)?.length ?? 0;

  const logTally = readTally(join(records, 'logs.tally'));
  const levels = Object.entries(logTally.counts);
  const newLogs = restOf(join(records, 'logs.jl'), logTally.offset);
  for (const [, level = ''] of newLogs.matchAll(/^\{"time":\d+,"level":(\d+),.*\}$/gm))
    levels.push([level, 1]);
  const sum = (least: number) =>
    levels.reduce((total, [level, count]) => total + (Number(level) >= least ? count : 0), 0);
  return { items: itemTally.count + newItems, logs: sum(0), errors: sum(ERROR) };
}

interface Tally {
  count: number;
  /** Of log entries by their level. */
  counts: Record<string, number>;
  offset: number;
}

/** Nothing, where there is none, or a spider has put something else there. */
function readTally(path: string): Tally {
  const nothing = { count: 0, counts: {}, offset: 0 };
  try {
    const { count, counts, offset } = JSON.parse(readFileSync(path, 'utf8')) as Tally;
    return [count, offset, ...Object.values(counts)].every(isCount) ? { count, counts, offset } : nothing;
  } catch {
    return nothing;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The text of a file from an offset on, read as single bytes; empty where there is no file. */
function restOf(path: string, offset: number): string {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(MOST_REST_BYTES, Math.max(0, fstatSync(file).size - offset)));
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, offset));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { filesOf, type RecordKind, type RecordPaths } from '../records/record-kind.ts';
import { errorsAmong, readTally, type Counted } from '../records/tally.ts';

/** How many records a run has left: items, log entries of all levels, and of those the errors. */
export interface KeptCounts {
  items: number;
  logs: number;
  errors: number;
}

/** What is not in a tally yet is that of a second, unless somebody broke it. */
const MOST_REST_BYTES = 4 * 1024 * 1024;

/**
 * What the run's process has counted, and the records after that, which a killed one could not count. Not exact where a
 * spider has put something else in their place.
 */
export function countKept(paths: RecordPaths): KeptCounts {
  const items = countedOf(paths, 'items');
  const newItems = items.rest.match(/\}$/gm)?.length ?? 0;

  const logs = countedOf(paths, 'logs');
  const newLogs = [...logs.rest.matchAll(/^\{"time":\d+,"level":(\d+),.*\}$/gm)];
  const levels = newLogs.map(([, level = '']) => [level, 1] as const);
  return {
    items: items.count + newItems,
    logs: logs.count + newLogs.length,
    errors: errorsAmong([...logs.counts, ...levels]),
  };
}

/** What is counted of a kind, and the text of the records after that. */
function countedOf(paths: RecordPaths, kind: RecordKind): Counted & { rest: string } {
  const { lines, tally } = filesOf(paths, kind);
  const counted = readTally(tally, statSync(lines, { throwIfNoEntry: false })?.size ?? 0);
  return { ...counted, rest: restOf(lines, counted.offset) };
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

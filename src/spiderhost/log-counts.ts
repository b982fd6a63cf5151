import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Log entries that a run has left, of all levels, and of those the errors. */
export interface LogCounts {
  logs: number;
  errors: number;
}

/** Python's number of that level. */
export const ERROR = 40;

/** What is not in the tally yet is that of a second, unless somebody broke it. */
const MOST_REST_BYTES = 4 * 1024 * 1024;

/**
 * How much a run has logged: what its process has counted, and the entries after that, which a killed one could not count.
 * @param folder of its records
 */
export function countLogs(folder: string): LogCounts {
  const { counts, offset } = readTally(join(folder, 'logs.tally'));
  const levels = new Map(Object.entries(counts));
  for (const [, level = ''] of restOf(join(folder, 'logs.jl'), offset).matchAll(
    /^\{"time":\d+,"level":(\d+),.*\}$/gm,
  ))
    levels.set(level, (levels.get(level) ?? 0) + 1);
  const total = { logs: 0, errors: 0 };
  for (const [level, count] of levels) {
    total.logs += count;
    if (Number(level) >= ERROR) total.errors += count;
  }
  return total;
}

function readTally(path: string): { counts: Record<string, number>; offset: number } {
  const nothing = { counts: {}, offset: 0 };
  try {
    const { counts, offset } = JSON.parse(readFileSync(path, 'utf8')) as Partial<typeof nothing>;
    const isWhole = isCount(offset) && Object.values<unknown>(counts ?? {}).every(isCount);
    return isWhole ? { counts: counts ?? {}, offset } : nothing;
  } catch {
    // There is none, or a spider has put something else there.
    return nothing;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The text of a file from an offset on. */
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

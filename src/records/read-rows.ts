import { IndexFile } from './index-file.ts';
import { openIfThere } from './open-file.ts';
import { readLines, type Line } from './read-lines.ts';
import type { KindFiles } from './record-kind.ts';

/** A record as it is in the file; `line` is its JSON, `offset` where that begins. */
export interface Row extends Line {
  number: number;
  /** When it was written, in ms. */
  ts: number;
}

/**
 * Reads records in pieces, from a number or from an offset of the file on, without what comes before; up to the last
 * whole line of the file's first `size` bytes. A line that a full disk cut off is no record and has no number.
 */
export async function* readRows(
  files: KindFiles,
  from: { number: number } | { offset: number },
  size: number,
): AsyncGenerator<Row[]> {
  const file = await openIfThere(files.lines);
  if (file === null) return;
  let index: IndexFile | null = null;
  try {
    const { mtimeMs } = await file.stat();
    index = await IndexFile.open(files.index, size);
    let at = 'number' in from ? await index.lastUpTo(from.number) : await index.lastUpToOffset(from.offset);
    // There is none before lines from when no index was kept.
    const start = await index.entry(at);
    let { number, ts } = start ?? { number: 0, ts: Math.floor(mtimeMs) };
    let upcoming = await index.entry(at + 1);

    for await (const lines of readLines(file, start?.offset ?? 0, size)) {
      const rows: Row[] = [];
      for (const { line, offset } of lines) {
        while (upcoming !== null && offset >= upcoming.offset) {
          number = Math.max(number, upcoming.number);
          ({ ts } = upcoming);
          at += 1;
          upcoming = await index.entry(at + 1);
        }
        // A line that was cut off is no document, or one too many for the numbers up to the next entry.
        if (!isDocument(line) || (upcoming !== null && number >= upcoming.number)) continue;
        const isWanted = 'number' in from ? number >= from.number : offset >= from.offset;
        if (isWanted) rows.push({ number, ts, line, offset });
        number += 1;
      }
      if (rows.length > 0) yield rows;
    }
  } finally {
    await index?.close();
    await file.close();
  }
}

function isDocument(line: Buffer): boolean {
  const last = line.at(-1);
  return (line[0] === 0x7b && last === 0x7d) || (line[0] === 0x5b && last === 0x5d);
}

import type { FileHandle } from 'node:fs/promises';
import { readAt } from './open-file.ts';

/** A line without its line feed, and where it begins in the file. */
export interface Line {
  line: Buffer;
  offset: number;
}

/** Enough for the lines from an entry of the index to a record; more is read where more is wanted. */
const FIRST_READ_BYTES = 16 * 1024;
const READ_BYTES = 256 * 1024;

/** A spider may write anything into its files: of a longer line nothing is kept, and an empty one stands for it. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Reads whole lines in pieces, from the one that begins at `offset` to `size`, or where the file ends before it. */
export async function* readLines(file: FileHandle, offset: number, size: number): AsyncGenerator<Line[]> {
  let position = offset;
  let rest: Buffer = NOTHING;
  let tooLongFrom: number | null = null;
  let wanted = FIRST_READ_BYTES;
  while (position < size) {
    const piece = await readAt(file, Buffer.allocUnsafe(Math.min(wanted, size - position)), position);
    if (piece.length === 0) return;
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const first = position - rest.length;
    position += piece.length;

    const lines: Line[] = [];
    let at = 0;
    // There is no line feed in what was left.
    for (let end = bytes.indexOf(LINE_FEED, rest.length); end !== -1; end = bytes.indexOf(LINE_FEED, at)) {
      if (tooLongFrom === null) lines.push({ line: bytes.subarray(at, end), offset: first + at });
      else lines.push({ line: NOTHING, offset: tooLongFrom });
      tooLongFrom = null;
      at = end + 1;
    }
    if (lines.length > 0) yield lines;

    rest = bytes.subarray(at);
    if (rest.length > MAX_LINE_BYTES) tooLongFrom ??= first + at;
    if (tooLongFrom !== null) rest = NOTHING;
    wanted = Math.max(READ_BYTES, rest.length);
  }
}

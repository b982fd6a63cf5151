import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Response } from 'express';

/** Rows of a long list that are read and written in one turn of the event loop. */
export const CHUNK_ROWS = 200;

/** A long list in pieces, each for one turn of the event loop. */
export function* chunksOf<T>(rows: readonly T[]): Generator<T[]> {
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) yield rows.slice(at, at + CHUNK_ROWS);
}

/**
 * Writes a long answer piece by piece: others are served in between, and the next piece is made only when the reader
 * has taken the last. An empty piece gives others their turn, too. Resolves when all is written and the answer ended,
 * or the reader has left.
 */
export async function writeChunks(
  res: Response,
  chunks: Iterable<string> | AsyncIterable<string | Buffer>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (res.closed) return;
    if (chunk.length > 0 && !res.write(chunk)) await drained(res);
    await setImmediate();
  }
  res.end();
}

/** Resolves when the reader takes more, or has left. */
async function drained(res: Response): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race([once(res, 'drain', { signal }), once(res, 'close', { signal })]);
  } finally {
    // A slow reader would gather a listener with every chunk.
    settled.abort();
  }
}

import { open, type FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { toError } from '../errors.ts';
import { FileWatch } from './file-watch.ts';

const CHUNK_BYTES = 64 * 1024;
const RECHECK_MS = 2000;

export interface FollowOptions {
  /** Need not exist yet. */
  path: string;
  /** Its headers are set; it is ended here. */
  response: ServerResponse;
  /** Whether nobody writes to the file any more. */
  isOver: () => boolean;
  /** Calls back once when that comes to be; gives a function that unsubscribes. */
  onOver: (callback: () => void) => () => void;
  /** How often to look without an event. */
  recheckMs?: number;
}

/**
 * Sends a file from its beginning and goes on as it grows, until nobody writes to it any more. A reader that is slow
 * holds one chunk; one that leaves holds nothing. Resolves when all is sent or the reader has left.
 *
 * @throws what reading the file throws; the answer is then cut off, so that half of it does not look like all of it.
 */
export async function followFile(options: FollowOptions): Promise<void> {
  const { path, response, isOver, onOver, recheckMs = RECHECK_MS } = options;
  let wake: (() => void) | null = null;
  // A change that comes while nobody waits must not be lost.
  let changed = false;
  const notice = () => {
    changed = true;
    wake?.();
  };
  const hasLeft = () => response.destroyed || response.closed;
  const watch = new FileWatch(path, recheckMs, notice);
  const unsubscribe = onOver(notice);
  response.on('close', notice);
  response.on('error', notice);
  response.on('drain', notice);

  let file: FileHandle | null = null;
  try {
    response.flushHeaders();
    let offset = 0;
    while (!hasLeft()) {
      changed = false;
      // Asked before the file is read: what was written before the end is then read for certain.
      const isLast = isOver();
      file ??= await openIfThere(path, watch);
      if (file !== null) offset = await sendRest(file, offset, response, hasLeft);
      if (isLast && !response.writableNeedDrain) break;
      // Set by events while the file was read.
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition
      if (!changed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    if (!hasLeft()) response.end();
  } catch (error) {
    response.destroy(toError(error));
    throw error;
  } finally {
    watch.close();
    unsubscribe();
    response.off('close', notice);
    response.off('drain', notice);
    await file?.close();
  }
}

async function openIfThere(path: string, watch: FileWatch): Promise<FileHandle | null> {
  // Before the look, or a file that is made in between would go unnoticed.
  watch.on('folder');
  try {
    const file = await open(path);
    watch.on('file');
    return file;
  } catch (error) {
    if (toError(error).code === 'ENOENT') return null;
    throw error;
  }
}

/** Sends what is there, as far as the reader takes it. Gives the new offset. */
async function sendRest(
  file: FileHandle,
  offset: number,
  response: ServerResponse,
  hasLeft: () => boolean,
): Promise<number> {
  while (!response.writableNeedDrain && !hasLeft()) {
    const { size } = await file.stat();
    // A cap on the output cuts the end off the file.
    if (size <= offset) return size;
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - offset));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, offset);
    if (bytesRead === 0 || hasLeft()) return offset;
    response.write(chunk.subarray(0, bytesRead));
    offset += bytesRead;
  }
  return offset;
}

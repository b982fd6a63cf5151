import type { ServerResponse } from 'node:http';
import { toError } from '../errors.ts';
import { GrowingFile, type GrowingFileOptions } from './growing-file.ts';
import { hasLeft, sendPart } from './send-part.ts';

const RECHECK_MS = 2000;

export interface FollowOptions extends Omit<GrowingFileOptions, 'recheckMs'> {
  /** Its headers are set; it is ended here. */
  response: ServerResponse;
  recheckMs?: number;
}

/**
 * Sends a file from its beginning and goes on as it grows, until nobody writes to it any more. A reader that is slow
 * holds two chunks; one that leaves holds nothing. Resolves when all is sent or the reader has left.
 *
 * @throws what reading the file throws; the answer is then cut off, so that half of it does not look like all of it.
 */
export async function followFile({
  response,
  recheckMs = RECHECK_MS,
  ...options
}: FollowOptions): Promise<void> {
  const file = GrowingFile.join({ ...options, recheckMs });
  try {
    response.flushHeaders();
    let offset = 0;
    while (!hasLeft(response)) {
      // Asked before the file is looked at: what was written before the end is then sent for certain.
      const isLast = file.isOver;
      const { descriptor = -1, size = 0 } = file.look() ?? {};
      if (offset < size) offset += await sendPart(descriptor, offset, size, response);
      else if (needsDrain(response)) await drained(response);
      else if (isLast) break;
      // A cap on the output cuts the end off the file.
      else offset = await file.handOn(size, response);
    }
    if (!hasLeft(response)) response.end();
  } catch (error) {
    response.destroy(toError(error));
    throw error;
  } finally {
    file.leave();
  }
}

/** What is handed on goes to the socket, past the answer. */
function needsDrain(response: ServerResponse): boolean {
  return response.writableNeedDrain || response.req.socket.writableNeedDrain;
}

/** Resolves when the reader takes more, or has left. */
async function drained(response: ServerResponse): Promise<void> {
  const { socket } = response.req;
  await new Promise<void>((resolve) => {
    const settle = () => {
      response.off('drain', settle);
      socket.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle);
    socket.on('drain', settle).on('close', settle);
  });
}

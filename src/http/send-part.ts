import { read as readCallback } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';

const read = promisify(readCallback);

/** Larger ones are hardly faster, and a reader that is slow holds two. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Sends a part of a file, as fast as the reader takes it. There are two buffers, used again and again: one is read into
 * while the other is on its way.
 * @param from the first byte
 * @param to the byte after the last
 * @returns how many bytes were sent; fewer if the file ends earlier or the reader has left
 */
export async function sendPart(
  descriptor: number,
  from: number,
  to: number,
  response: ServerResponse,
): Promise<number> {
  const { socket } = response.req;
  const size = Math.min(CHUNK_BYTES, to - from);
  let next: Buffer = Buffer.allocUnsafeSlow(size);
  let other: Buffer | null = null;
  let offset = from;
  let taken = Promise.resolve();
  let take: () => void = () => undefined;
  // Those who leave take nothing any more.
  const onClose = () => {
    take();
  };
  socket.once('close', onClose);
  try {
    while (offset < to && !hasLeft(response)) {
      const { bytesRead } = await read(descriptor, next, 0, Math.min(size, to - offset), offset);
      await taken;
      if (bytesRead === 0) break;
      const chunk = next.subarray(0, bytesRead);
      taken = new Promise((resolve) => {
        take = resolve;
        if (hasLeft(response)) resolve();
        else {
          response.write(chunk, () => {
            resolve();
          });
        }
      });
      offset += bytesRead;
      if (offset < to) [next, other] = [other ?? Buffer.allocUnsafeSlow(size), next];
    }
    await taken;
    return offset - from;
  } finally {
    socket.off('close', onClose);
  }
}

/** Whether nobody reads an answer any more. One that waits behind another on its connection does not hear of its end. */
export function hasLeft(response: ServerResponse): boolean {
  return response.destroyed || response.closed || response.req.socket.destroyed;
}

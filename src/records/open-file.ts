import { open, type FileHandle } from 'node:fs/promises';
import { toError } from '../errors.ts';

/** Opens a file to read it; null if it does not exist. */
export async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path);
  } catch (error) {
    if (toError(error).code === 'ENOENT') return null;
    throw error;
  }
}

/** Fills a buffer from an offset on, as far as the file reaches. Gives the bytes that were read. */
export async function readAt(file: FileHandle, buffer: Buffer, offset: number): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toError, UserError } from '../errors.ts';
import type { FieldSink } from './urlencoded.ts';

const MEBIBYTE = 1024 * 1024;

/** A file that arrives in a request: written as it comes, under a random name, readable by the daemon's user only. */
export class UploadFile implements FieldSink {
  readonly path: string;
  bytes = 0;
  readonly #field: string;
  readonly #maxBytes: number;
  readonly #stream: WriteStream;
  #failure: Error | null = null;

  constructor(field: string, folder: string, maxBytes: number) {
    this.#field = field;
    this.#maxBytes = maxBytes;
    this.path = join(folder, `upload-${randomUUID()}`);
    this.#stream = createWriteStream(this.path, { flags: 'wx', mode: 0o600, highWaterMark: MEBIBYTE });
    this.#stream.on('error', (error) => {
      this.#failure = writeFailure(error);
    });
  }

  /**
   * Queues bytes; await {@link drained} before the next ones.
   * @throws UserError `too-large` over the limit.
   */
  write(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (this.bytes > this.#maxBytes) throw tooLarge(this.#field, this.#maxBytes);
    this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  /**
   * Resolves when little enough is queued.
   * @throws UserError `storage-full` when the disk is.
   */
  async drained(): Promise<void> {
    while (this.#stream.writableNeedDrain && this.#failure === null) await this.#next('drain');
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when all of it is in the file. Call {@link end} first. */
  async finished(): Promise<void> {
    while (!this.#stream.closed && this.#failure === null) await this.#next('close');
    if (this.#failure !== null) throw this.#failure;
  }

  /** Stops writing and removes the file. */
  async discard(): Promise<void> {
    this.#stream.destroy();
    if (!this.#stream.closed) await once(this.#stream, 'close').catch(() => undefined);
    await rm(this.path, { force: true });
  }

  async #next(event: string): Promise<void> {
    const settled = new AbortController();
    const { signal } = settled;
    try {
      await Promise.race([once(this.#stream, event, { signal }), once(this.#stream, 'close', { signal })]);
    } catch {
      // The stream's own error is kept in #failure.
    } finally {
      settled.abort();
    }
  }
}

/** The answer to a field with more bytes than may be stored. */
export function tooLarge(field: string, maxBytes: number): UserError {
  return new UserError('too-large', `"${field}" is larger than the limit of ${inMebibytes(maxBytes)} MiB.`);
}

/** Bytes in MiB, short enough to be read. */
export function inMebibytes(bytes: number): string {
  return String(Math.round((bytes / MEBIBYTE) * 1000) / 1000);
}

/** What the asker is told when a file could not be written: a full disk in words, anything else as it is. */
export function writeFailure(thrown: unknown): Error {
  const error = toError(thrown);
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') return error;
  return new UserError(
    'storage-full',
    'The disk is full: the upload could not be stored. Free some space and send it again.',
    {
      cause: error,
    },
  );
}

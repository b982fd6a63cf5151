import { basename, dirname } from 'node:path';
import type { Response } from 'express';
import { toError } from '../errors.ts';

/**
 * Answers a `HEAD` or `Range` request (or any that shall not follow) with what is in a file now; a file that is not
 * there is an empty one. A range that begins at the end or behind it is a 416, which `curl -C -` takes for "complete".
 * The content type must be set. Resolves when the answer is sent or the reader has left.
 */
export async function sendFileNow(response: Response, path: string): Promise<void> {
  const options = { root: dirname(path), dotfiles: 'allow', cacheControl: false, etag: false } as const;
  const error = await new Promise<SendError | undefined>((resolve) => {
    response.sendFile(basename(path), options, resolve as (error?: Error) => void);
  });
  if (error === undefined || response.destroyed || response.headersSent) return;
  if (error.code === 'ENOENT') {
    response.status(200).set('Content-Length', '0').end();
  } else if (error.status === 416) {
    response
      .status(416)
      .set({ ...error.headers, 'Content-Length': '0' })
      .end();
  } else {
    throw toError(error);
  }
}

/** What `send` calls back with. */
interface SendError extends Error {
  code?: string;
  status?: number;
  headers?: Record<string, string>;
}

import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Request, Response } from 'express';
import { toError, UserError } from '../errors.ts';
import { sendPart } from './send-part.ts';

/** Bytes of a file, from the first to the one after the last. */
interface Part {
  from: number;
  to: number;
}

/**
 * Answers a `HEAD` or `Range` request (or any that shall not follow) with what is in a file now; a file that is not
 * there is an empty one. A range that begins at the end or behind it is a 416, which `curl -C -` takes for "complete".
 * The content type must be set. Resolves when the answer is sent or the reader has left.
 * @throws UserError `not-found` when something else is in the file's place
 */
export async function sendFileNow(response: Response, path: string): Promise<void> {
  await using file = await openIfThere(path);
  if (file === null) {
    response.status(200).set('Content-Length', '0').end();
    return;
  }
  const facts = await file.stat();
  if (!facts.isFile()) throw new UserError('not-found', 'This log is no file: the spider has replaced it.');
  const { req } = response;
  const { size } = facts;
  response.set({ 'Accept-Ranges': 'bytes', 'Last-Modified': facts.mtime.toUTCString() });
  if (req.fresh) {
    response.status(304).end();
    return;
  }
  const range = rangeOf(req, size, facts.mtime);
  if (range === 'none of it') {
    response
      .status(416)
      .set({ 'Content-Range': `bytes */${size}`, 'Content-Length': '0' })
      .end();
    return;
  }
  const { from, to } = range ?? { from: 0, to: size };
  if (range !== null) response.status(206).set('Content-Range', `bytes ${from}-${to - 1}/${size}`);
  response.set('Content-Length', String(to - from));
  const sent = req.method === 'HEAD' || from === to ? to - from : await sendPart(file.fd, from, to, response);
  // A file that has become shorter must not leave the reader waiting for the rest.
  if (sent < to - from) response.destroy();
  else response.end();
}

/** The part that was asked for; null for all, also where it is no single part of the file as it is now. */
function rangeOf(req: Request, size: number, modified: Date): Part | 'none of it' | null {
  const ifRange = req.get('if-range');
  // It tells whole seconds. An entity tag is none of ours.
  if (ifRange !== undefined && !(Math.floor(modified.getTime() / 1000) <= Date.parse(ifRange) / 1000))
    return null;
  const ranges = req.range(size, { combine: true });
  if (ranges === -1) return 'none of it';
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes') return null;
  const [range, ...others] = ranges;
  return range === undefined || others.length > 0 ? null : { from: range.start, to: range.end + 1 };
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    // A named pipe would wait for its writer, and hold a thread of the daemon meanwhile.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (toError(error).code === 'ENOENT') return null;
    throw error;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { toError, UserError } from '../errors.ts';
import { inMebibytes } from './upload-file.ts';
import { Places } from './places.ts';

/** Most bytes of a body that holds records. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** A body of more than this is large. */
const LARGE_BYTES = 1024 * 1024;

/** Of large bodies so many are read and worked on at once: some kilobytes unpack to 64 MiB, and that to more in memory. */
const largeBodies = new Places(3, 30_000);

/** A request, with its answer, as Express gives it. */
export type BodyRequest = IncomingMessage & { res?: ServerResponse | undefined };

/**
 * Reads a body as text, whatever its type says (clients of Scrapy Cloud say none), plain or packed by gzip or deflate.
 * @param maxBytes most of them, once it is unpacked
 * @throws UserError `invalid` when it cannot be unpacked, is no UTF-8 or breaks off, `too-large` above the limit,
 *   `unavailable` when it waited too long for other large ones.
 */
export async function readBody(req: BodyRequest, maxBytes = MAX_BODY_BYTES): Promise<string> {
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const body = decoderOf(encoding);
  const onEnd = () => {
    if (!req.complete) body.destroy(brokenOff());
  };
  req.once('error', onEnd);
  req.once('close', onEnd);
  if (req.destroyed) onEnd();
  else req.pipe(body);

  const parts: Buffer[] = [];
  let bytes = 0;
  let leave: (() => void) | null = null;
  try {
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length;
      // A few kilobytes can unpack to gigabytes: none of those are made.
      if (bytes > maxBytes) throw overLimit(maxBytes);
      if (bytes > LARGE_BYTES) leave ??= await largeBodies.take();
      parts.push(part);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts, bytes));
  } catch (error) {
    throw inWords(toError(error), encoding);
  } finally {
    // What is made of a body is in memory until it is answered.
    if (leave !== null) {
      if (req.res === undefined || req.res.closed) leave();
      else req.res.once('close', leave);
    }
    req.off('error', brokenOff);
    req.off('close', brokenOff);
    // What is still to come is thrown away, so that the answer can be read.
    req.unpipe(body);
    req.resume();
  }
}

function decoderOf(encoding: string): Transform {
  switch (encoding) {
    case 'identity':
      return new PassThrough();
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      throw new UserError(
        'invalid',
        `Content-Encoding "${encoding}" is not understood: send the body plain, or packed by gzip or deflate.`,
      );
  }
}

function overLimit(maxBytes: number): UserError {
  return new UserError(
    'too-large',
    `The body is larger than the limit of ${inMebibytes(maxBytes)} MiB: send less at once.`,
  );
}

function inWords(error: Error & { code?: string }, encoding: string): Error {
  if (error instanceof UserError) return error;
  if (error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new UserError('invalid', 'The body is not UTF-8 text.', { cause: error });
  }
  if (error.code?.startsWith('Z_') === true) {
    return new UserError('invalid', `The body is not "${encoding}" as its Content-Encoding says.`, {
      cause: error,
    });
  }
  return error;
}

/** What is told of a body that will not come any more. */
export function brokenOff(): UserError {
  return new UserError('invalid', 'The connection was closed before the whole request had arrived.');
}

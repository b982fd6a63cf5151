import { Transform, type TransformCallback } from 'node:stream';
import { toError, UserError } from '../errors.ts';

const CRLF = Buffer.from('\r\n');
const HEADERS_END = Buffer.from('\r\n\r\n');
/** Most bytes in the headers of one part; busboy's own limit. */
const MAX_HEADERS = 16 * 1024;
const DISPOSITION = /^(content-disposition:[ \t]*form-data)(?=[ \t]*(?:;|$))/im;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Gives every part of a multipart body a file name. multer streams a part that has one as the bytes that it is; a part
 * without (`curl -F archive=<file`) it would collect in memory and decode as text, which destroys an archive and hides
 * bytes that are not UTF-8.
 */
export class FileParts extends Transform {
  readonly #delimiter: Buffer;
  /** Bytes that may be the beginning of a delimiter or of headers. A body may begin with a delimiter's second half. */
  #held: Buffer = CRLF;
  #in: 'content' | 'headers' | 'epilogue' = 'content';

  constructor(boundary: string) {
    super();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      let rest: Buffer | null = Buffer.concat([this.#held, chunk]);
      while (rest !== null) rest = this.#step(rest);
      done();
    } catch (error) {
      done(toError(error));
    }
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#held);
  }

  /** Passes on what is certain. Gives what is to be looked at next, or null when more has to arrive first. */
  #step(bytes: Buffer): Buffer | null {
    if (this.#in === 'content') return this.#content(bytes);
    if (this.#in === 'headers') return this.#headers(bytes);
    this.push(bytes);
    return this.#hold(bytes.subarray(bytes.length));
  }

  #content(bytes: Buffer): Buffer | null {
    const at = bytes.indexOf(this.#delimiter);
    if (at === -1) {
      const certain = Math.max(0, bytes.length - this.#delimiter.length + 1);
      this.push(bytes.subarray(0, certain));
      return this.#hold(bytes.subarray(certain));
    }
    const end = at + this.#delimiter.length;
    this.push(bytes.subarray(0, end));
    this.#in = 'headers';
    return bytes.subarray(end);
  }

  #headers(bytes: Buffer): Buffer | null {
    if (bytes.length < 2) return this.#hold(bytes);
    if (bytes[0] === 0x2d && bytes[1] === 0x2d) {
      this.#in = 'epilogue';
      return bytes;
    }
    const end = bytes.indexOf(HEADERS_END);
    if (end > MAX_HEADERS || (end === -1 && bytes.length > MAX_HEADERS)) {
      throw new UserError('invalid', 'The headers of a part of the multipart form are too long.');
    }
    if (end === -1) return this.#hold(bytes);
    this.push(Buffer.from(named(bytes.subarray(0, end))));
    this.#in = 'content';
    return bytes.subarray(end);
  }

  #hold(bytes: Buffer): null {
    this.#held = bytes;
    return null;
  }
}

/** The headers with a file name before any other parameter: of two, the first counts. */
function named(headers: Buffer): string {
  let text;
  try {
    text = utf8.decode(headers);
  } catch {
    throw new UserError(
      'invalid',
      `The name of a parameter is not valid UTF-8: ${JSON.stringify(headers.toString().trim())}.`,
    );
  }
  if (!DISPOSITION.test(text)) {
    throw new UserError(
      'invalid',
      'A part of the multipart form has no "Content-Disposition: form-data" header.',
    );
  }
  return text.replace(DISPOSITION, '$1; filename="part"');
}

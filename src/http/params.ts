import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { UserError } from '../errors.ts';
import { Form, MAX_FORM_BYTES, type Uploads } from './form.ts';
import { readMultipart } from './multipart.ts';
import { brokenOff } from './read-body.ts';
import { inMebibytes, tooLarge } from './upload-file.ts';
import { UrlencodedParser } from './urlencoded.ts';

/** A request's parameters, of query and body together. Dispose of it to remove the files that came with it. */
export class Params {
  readonly #form: Form;

  constructor(form: Form) {
    this.#form = form;
  }

  /**
   * A parameter's value, or null.
   * @throws UserError `invalid` when it is given twice.
   */
  get(name: string): string | null {
    const [value, ...more] = this.all(name);
    if (more.length > 0) throw new UserError('invalid', `Parameter "${name}" is given twice.`);
    return value ?? null;
  }

  /** @throws UserError `invalid` when it is missing or given twice. */
  require(name: string): string {
    const value = this.get(name);
    if (value === null) throw new UserError('invalid', `Missing parameter "${name}".`);
    return value;
  }

  /** Every value of a parameter, the query's first. */
  all(name: string): string[] {
    return this.#form.fields.filter(([key]) => key === name).map(([, value]) => value);
  }

  /** Every value of a parameter in the body, or, where it has none, in the query. */
  allOfOnePlace(name: string): string[] {
    const body = this.#form.fields.slice(this.#form.queryFields);
    const values = body.filter(([key]) => key === name).map(([, value]) => value);
    return values.length > 0 ? values : this.all(name);
  }

  /** The names that were given, each once, in order. Those of files are not among them. */
  names(): string[] {
    return [...new Set(this.#form.fields.map(([name]) => name))];
  }

  /** The file of a field; it is there until the parameters are disposed of, unless it is moved away. Null without one. */
  file(name: string): { path: string; bytes: number } | null {
    const file = this.#form.files.get(name);
    return file === undefined ? null : { path: file.path, bytes: file.bytes };
  }

  async dispose(): Promise<void> {
    await this.#form.discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

/**
 * Reads query and body, whatever the method. After a rejection nothing is left on disk, and what is still to come of
 * the body is thrown away.
 *
 * @throws UserError `invalid`, `too-large` or `storage-full`.
 */
export async function readParams(
  req: IncomingMessage,
  { uploads }: { uploads?: Uploads } = {},
): Promise<Params> {
  const form = new Form(uploads ?? null);
  try {
    readQuery(req, form);
    form.queryFields = form.fields.length;
    await readBody(req, form, uploads ?? null);
    await form.finished();
    return new Params(form);
  } catch (error) {
    req.unpipe();
    req.resume();
    await form.discard();
    throw error;
  }
}

/**
 * Reads the query alone.
 * @throws UserError `invalid`, `too-large`
 */
export function readQueryParams(req: IncomingMessage): Params {
  const form = new Form(null);
  readQuery(req, form);
  return new Params(form);
}

function readQuery(req: IncomingMessage, form: Form): void {
  const url = req.url ?? '';
  const mark = url.indexOf('?');
  if (mark === -1) return;
  const parser = new UrlencodedParser((name) => form.openSmall(name));
  // Node gives a request's target byte by byte.
  parser.write(Buffer.from(url.slice(mark + 1), 'latin1'));
  parser.end();
}

async function readBody(req: IncomingMessage, form: Form, uploads: Uploads | null): Promise<void> {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length === 0 && req.headers['transfer-encoding'] === undefined) return;

  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new UserError(
      'invalid',
      `Content-Encoding "${encoding}" is not understood: send the form as it is.`,
    );
  }
  const type = req.headers['content-type'] ?? '';
  const media = type.split(';')[0]?.trim().toLowerCase();
  if (media === 'multipart/form-data') {
    const limit = bodyLimit(uploads, 1);
    if (length > limit) throw overLimit(uploads);
    await readMultipart(req, limited(req, limit, uploads), form);
  } else if (media === 'application/x-www-form-urlencoded') {
    // Three characters a byte, where every byte is escaped.
    const limit = bodyLimit(uploads, 3);
    if (length > limit) throw overLimit(uploads);
    await readUrlencoded(req, limit, uploads, form);
  } else {
    throw new UserError(
      'invalid',
      `Content-Type "${type}" is not understood: send the parameters as form fields (multipart/form-data or application/x-www-form-urlencoded).`,
    );
  }
}

async function readUrlencoded(
  req: IncomingMessage,
  limit: number,
  uploads: Uploads | null,
  form: Form,
): Promise<void> {
  const parser = new UrlencodedParser((name) => form.open(name));
  let length = 0;
  try {
    // Giving it up leaves the connection open for the answer.
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw overLimit(uploads);
      parser.write(chunk);
      await form.drained();
    }
  } catch (error) {
    // Only what ends the connection destroys it; whatever else went wrong leaves it open.
    throw req.destroyed && !req.complete && !(error instanceof UserError) ? brokenOff() : error;
  }
  parser.end();
}

/** Most bytes of a body that may still hold a large file, some small ones, and fields within their limits. */
function bodyLimit(uploads: Uploads | null, factor: number): number {
  return factor * ((uploads?.maxBytes ?? 0) + 2 * MAX_FORM_BYTES);
}

function overLimit(uploads: Uploads | null): UserError {
  if (uploads !== null) return tooLarge(uploads.fields.join('" and "'), uploads.maxBytes);
  return new UserError(
    'too-large',
    `The body is larger than the limit of ${inMebibytes(MAX_FORM_BYTES)} MiB.`,
  );
}

/** The body's bytes as a stream of their own, so that giving it up leaves the connection open for the answer. */
function limited(req: IncomingMessage, limit: number, uploads: Uploads | null): Transform {
  let length = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      length += chunk.length;
      if (length > limit) done(overLimit(uploads));
      else done(null, chunk);
    },
  });
  const onEnd = () => {
    if (!req.complete) body.destroy(brokenOff());
  };
  req.once('error', onEnd);
  req.once('close', onEnd);
  body.once('error', () => {
    req.unpipe(body);
  });
  if (req.destroyed) onEnd();
  else req.pipe(body);
  return body;
}

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import multer from 'multer';
import { toError, UserError } from '../errors.ts';
import { FileParts } from './file-parts.ts';
import { MAX_FIELDS, type Form } from './form.ts';

const BOUNDARY = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i;

/** Reads a multipart body into the form. `body` is the request's bytes. */
export async function readMultipart(req: IncomingMessage, body: Readable, form: Form): Promise<void> {
  const match = BOUNDARY.exec(req.headers['content-type'] ?? '');
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) {
    throw new UserError(
      'invalid',
      'The Content-Type "multipart/form-data" has no "boundary": let the HTTP client set the header.',
    );
  }
  const parts = new FileParts(boundary);
  body.on('error', (error) => parts.destroy(error));
  body.pipe(parts);
  try {
    await runMulter(req, parts, form);
  } finally {
    body.unpipe(parts);
    parts.destroy();
  }
}

/**
 * multer reads the parts instead of the request: on a fault it waits until its source ends, and a source of our own
 * can be ended at once, while the rest of the request may be endless.
 */
async function runMulter(req: IncomingMessage, parts: FileParts, form: Form): Promise<void> {
  const storage: multer.StorageEngine = {
    _handleFile: (_req, file, done) => {
      store(file, form).then(
        () => {
          done(null, {});
        },
        (error: unknown) => {
          const failure = toError(error);
          parts.destroy(failure);
          done(failure);
        },
      );
    },
    // The form removes its file itself.
    _removeFile: (_req, _file, done) => {
      done(null);
    },
  };
  const limits = { fields: 0, files: MAX_FIELDS + 1, parts: MAX_FIELDS + 1 };
  const read = multer({ storage, limits, preservePath: true, defParamCharset: 'utf8' }).any();
  const source = Object.assign(parts, { headers: req.headers });
  await new Promise<void>((resolve, reject) => {
    // What multer needs of a request is a stream with headers; it does not touch the response.
    void read(source as never, undefined as never, (error: unknown) => {
      if (error === undefined) resolve();
      else reject(inWords(parts.errored ?? toError(error)));
    });
  });
}

async function store(file: Express.Multer.File, form: Form): Promise<void> {
  const field = form.open(Buffer.from(file.fieldname));
  for await (const chunk of file.stream as AsyncIterable<Buffer>) {
    field.write(chunk);
    await field.drained();
  }
  field.end();
}

function inWords(error: Error & { code?: string }): Error {
  if (error instanceof UserError || 'syscall' in error) return error;
  if (error.code === 'LIMIT_PART_COUNT' || error.code === 'LIMIT_FILE_COUNT') {
    return new UserError('invalid', `More than ${MAX_FIELDS} parameters in one request.`);
  }
  if (error.message.startsWith('Unexpected end of f')) {
    return new UserError(
      'invalid',
      'The multipart form ends before its last boundary: a part of it is missing.',
    );
  }
  return new UserError('invalid', `The multipart form cannot be read: ${error.message}.`, { cause: error });
}

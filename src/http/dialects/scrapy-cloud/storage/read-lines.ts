import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../../../errors.ts';
import { assertJson, parseJson, type Json } from '../../../../json-text.ts';
import { inMebibytes } from '../../../upload-file.ts';
import { readBody, type BodyRequest } from '../../../read-body.ts';

/** Most lines of a body: 64 MiB may be twenty million, each of which takes far more memory than its text. */
export const MOST_LINES = 100_000;

/** Most bytes of a document on a line of its own. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Most bytes of a body that is one document: it is read in one turn of the event loop. */
const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024;

/** Characters that are looked at in one turn of the event loop. */
const TURN_LENGTH = 1024 * 1024;

/**
 * Reads a body of JSON lines: the text of each document, as it was sent but on one line. Blank lines do not count. A
 * single document may be spread over several lines.
 *
 * @param check looks at each document; the number of the line is put before what it throws
 * @throws UserError `invalid` when it is no UTF-8 or a line no JSON, `too-large` for more than 64 MiB or {@link MOST_LINES}
 *   lines, or a document of more than 1 MiB, `unavailable` as {@link readBody}
 */
export async function readJsonLines(
  req: BodyRequest,
  check: (document: string) => void = () => undefined,
): Promise<string[]> {
  const text = await readBody(req);
  // A line feed at the end begins no line.
  const lines = text.replace(/\n$/, '').split('\n', MOST_LINES + 1);
  if (lines.length > MOST_LINES) {
    throw new UserError('too-large', `The body has more than ${MOST_LINES} lines: send it in several parts.`);
  }
  if (isSpread(lines)) {
    const whole = onOneLine(text);
    look(whole, check);
    return [whole];
  }
  const documents: string[] = [];
  let looked = 0;
  for (const [index, line] of lines.entries()) {
    const document = onOneLine(line);
    if (document !== '') documents.push(checked(document, index + 1, check));
    looked += line.length;
    if (looked > TURN_LENGTH) {
      looked = 0;
      await setImmediate();
    }
  }
  return documents;
}

/**
 * Reads a body that is one JSON document; undefined when it is empty.
 * @throws UserError `invalid` when it is no UTF-8 or no JSON, `too-large` for more than 2 MiB, `unavailable` as
 *   {@link readBody}
 */
export async function readJson(req: BodyRequest): Promise<Json | undefined> {
  const text = await readBody(req, MAX_DOCUMENT_BYTES);
  return text.trim() === '' ? undefined : parseJson(text);
}

/** Whether the first line is only the beginning of a document: then there is no other. */
function isSpread(lines: readonly string[]): boolean {
  return /[{[,:]\s*$/.test(lines.find((line) => line.trim() !== '') ?? '');
}

/** Line ends can only stand between the parts of a document: inside a text they would be no JSON. */
function onOneLine(text: string): string {
  return text.trim().replace(/[\r\n]/g, ' ');
}

function look(document: string, check: (document: string) => void): void {
  if (Buffer.byteLength(document) > MAX_LINE_BYTES) {
    throw new UserError(
      'too-large',
      `The document is larger than the limit of ${inMebibytes(MAX_LINE_BYTES)} MiB.`,
    );
  }
  assertJson(document);
  check(document);
}

function checked(document: string, line: number, check: (document: string) => void): string {
  try {
    look(document, check);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.kind, `Line ${line}: ${error.message}`, { cause: error });
  }
  return document;
}

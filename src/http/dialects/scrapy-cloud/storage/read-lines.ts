import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../../../errors.ts';
import { assertJson, parseJson, type Json } from '../../../../json-text.ts';
import { readBody } from './read-body.ts';

/** Characters that are looked at in one turn of the event loop. */
const TURN_LENGTH = 1024 * 1024;

/**
 * Reads a body of JSON lines: the text of each document, as it was sent but on one line. Blank lines do not count. A
 * single document may be spread over several lines.
 *
 * @param check looks at each document; the number of the line is put before what it throws
 * @throws UserError `invalid` when it is no UTF-8 or a line no JSON, `too-large` for more than 64 MiB.
 */
export async function readJsonLines(
  req: IncomingMessage,
  check: (document: string) => void = () => undefined,
): Promise<string[]> {
  const text = await readBody(req);
  const lines = text.split('\n');
  if (isSpread(lines)) {
    const whole = onOneLine(text);
    assertJson(whole);
    check(whole);
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
 * @throws UserError `invalid` when it is no UTF-8 or no JSON, `too-large` for more than 64 MiB.
 */
export async function readJson(req: IncomingMessage): Promise<Json | undefined> {
  const text = await readBody(req);
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

function checked(document: string, line: number, check: (document: string) => void): string {
  try {
    assertJson(document);
    check(document);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.kind, `Line ${line}: ${error.message}`, { cause: error });
  }
  return document;
}

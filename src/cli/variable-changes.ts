import { isUtf8 } from 'node:buffer';
import { UserError } from '../errors.ts';
import { checkVariableName } from '../projects/environment-variables.ts';

/** What stands for a value that is to be read from stdin. */
const FROM_STDIN = '-';
/** Linux takes no longer "KEY=VALUE" into the environment of a process, with the NUL at its end. */
const MOST_BYTES = 128 * 1024 - 1;

/** What is set (text) and removed (null), by the names of variables. */
export type Changes = Record<string, string | null>;

/** Bytes as they come. */
export type Input = AsyncIterable<Uint8Array>;

/**
 * Reads `KEY=VALUE`, or `KEY=` to remove one; the value of one `KEY=-` is what stdin has.
 * @param isSecret whether no message may show what is given
 * @throws UserError `invalid` that says what is no change
 */
export async function readChanges(
  pairs: readonly string[],
  isSecret: boolean,
  input: Input,
): Promise<Changes> {
  const changes = new Map<string, string | null>();
  for (const [index, text] of pairs.entries()) {
    const name = isSecret ? nameOfSecret(text, index + 1) : nameOf(text);
    if (changes.has(name)) throw new UserError('invalid', `"${name}" is given twice: give it once.`);
    changes.set(name, text.slice(name.length + 1) || null);
  }
  const asked = [...changes].filter(([, value]) => value === FROM_STDIN).map(([name]) => name);
  if (asked.length > 1) {
    throw new UserError(
      'invalid',
      `Only one value can be read from stdin, not those of "${asked.join('" and "')}".`,
    );
  }
  for (const name of asked) changes.set(name, await readValue(name, input));
  return Object.fromEntries(changes);
}

function nameOf(text: string): string {
  const at = text.indexOf('=');
  if (at < 0) throw new UserError('invalid', `"${text}" is no KEY=VALUE; KEY= removes a variable.`);
  const name = text.slice(0, at);
  checkVariableName(name);
  return name;
}

/** As {@link nameOf}, and shows nothing of a text that is no change: it may be the secret itself. */
function nameOfSecret(text: string, place: number): string {
  try {
    return nameOf(text);
  } catch {
    throw new UserError(
      'invalid',
      `Change ${place} is no KEY=VALUE with letters, digits and underscores in its KEY.`,
    );
  }
}

/** All that comes, but for one line end at its end, as `echo` gives it. */
async function readValue(name: string, input: Input): Promise<string> {
  const most = MOST_BYTES - Buffer.byteLength(`${name}=`);
  const fault = (what: string) => new UserError('invalid', `The value of "${name}" on stdin ${what}.`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > most + 2) break;
  }
  const bytes = Buffer.concat(chunks);
  const value = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (value === '') throw fault(`is empty; "${name}=" removes the variable`);
  if (Buffer.byteLength(value) > most) throw fault('is longer than an environment variable can be (128 KiB)');
  if (value.includes('\0')) throw fault('holds a NUL character, which no environment variable can');
  if (!isUtf8(bytes)) throw fault('is no UTF-8 text');
  return value;
}

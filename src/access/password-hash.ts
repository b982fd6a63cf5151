import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';
import { UserError } from '../errors.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane; a twentieth of a second. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/** Computations that may wait; each takes memory, so they run one after the other. */
const MAX_WAITING = 100;

const PREFIX = '$argon2id$';
const FORMAT =
  /^\$argon2id\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=(?<lanes>\d{1,2})\$(?<salt>[A-Za-z0-9+/]{11,86})\$(?<tag>[A-Za-z0-9+/]{16,86})$/;

const compute = promisify(argon2);
let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** Whether a text is meant as a hash and not as the password itself. */
export function isPasswordHash(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Whether a text is a hash that can be compared with. */
export function isValidPasswordHash(text: string): boolean {
  return FORMAT.test(text);
}

/** The argon2id hash of a password in the form of the PHC: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export async function hashPassword(password: string | Buffer): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const tag = await inTurn({
    message: password,
    nonce,
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
    tagLength: TAG_BYTES,
  });
  return `${PREFIX}v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(nonce)}$${base64(tag)}`;
}

/**
 * Whether a password has a hash, in a time that does not tell how nearly.
 * @throws UserError `unavailable` when too many wait to be told
 */
export async function verifyPassword(password: string | Buffer, hash: string): Promise<boolean> {
  const parts = FORMAT.exec(hash)?.groups;
  if (parts === undefined) return false;
  const expected = Buffer.from(parts.tag ?? '', 'base64');
  const tag = await inTurn({
    message: password,
    nonce: Buffer.from(parts.salt ?? '', 'base64'),
    memory: Number(parts.memory),
    passes: Number(parts.passes),
    parallelism: Number(parts.lanes),
    tagLength: expected.length,
  });
  return timingSafeEqual(tag, expected);
}

async function inTurn(parameters: Argon2Parameters): Promise<Buffer> {
  if (waiting >= MAX_WAITING) {
    throw new UserError('unavailable', 'Too many passwords are being checked at once: try again.');
  }
  waiting++;
  const turn = last.then(() => compute('argon2id', parameters));
  last = turn.catch(() => undefined).finally(() => waiting--);
  return turn;
}

/** Without padding, as the PHC's form has it. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

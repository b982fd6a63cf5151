import { randomBytes } from 'node:crypto';
import { KnownSecrets } from '../../access/known-secrets.ts';
import { isPasswordHash } from '../../access/password-hash.ts';
import type { Basic } from './basic.ts';
import { isSameSecret } from './compare.ts';
import type { Users } from './credentials.ts';

/** Compared with where there is no such user, so that the answer takes as long. */
const NOBODY = randomBytes(32).toString('latin1');

/** Tells who knows a user's password, which may be kept as a hash. */
export class Passwords {
  readonly #known = new KnownSecrets();

  /** Whether they were right before, and still are. */
  isKnown({ name, password }: Basic, users: Users): boolean {
    const expected = users.get(name)?.toString('latin1');
    return expected !== undefined && this.#known.has(bytesOf(name, password), expected);
  }

  /** @throws UserError `unavailable` when too many ask */
  async isRight({ name, password }: Basic, users: Users): Promise<boolean> {
    const expected = users.get(name)?.toString('latin1');
    // A user who is unknown takes as long as one whose password is a hash, if there are any.
    const compared = expected ?? [...users.values()].map(String).find(isPasswordHash) ?? NOBODY;
    const isRight = isPasswordHash(compared)
      ? await this.#known.verify(Buffer.from(password, 'latin1'), compared)
      : isSameSecret(Buffer.from(password, 'latin1'), Buffer.from(compared, 'latin1'));
    if (!isRight || expected === undefined) return false;
    this.#known.add(bytesOf(name, password), expected);
    return true;
  }
}

function bytesOf(name: string, password: string): Buffer {
  return Buffer.from(`${name}:${password}`, 'latin1');
}

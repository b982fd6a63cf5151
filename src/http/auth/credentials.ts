import { readFile, stat } from 'node:fs/promises';
import { isPasswordHash, isValidPasswordHash } from '../../access/password-hash.ts';
import { toError, UserError } from '../../errors.ts';

/** Users' raw passwords, or the argon2id hashes of them, by their names; all as the bytes of the file read as latin1 (so that any bytes can be a key). */
export type Users = ReadonlyMap<string, Buffer>;

/** A user by the settings. */
export interface NamedUser {
  name: string;
  password: string;
}

/**
 * The users of an `auth-db` file: a line `user:password` each. As in Scrapy Do's, white space at the end of a line does
 * not count, a line without a colon is ignored, of two lines for one user the first counts, and there are no comments.
 * One more may be given, which goes before one of the same name in the file.
 */
export class Credentials {
  readonly #path: string | null;
  readonly #named: Users;
  #users: Users;
  #version: string | null = null;

  /** @param path the file; null for none */
  constructor(path: string | null, user: NamedUser | null = null) {
    this.#path = path;
    this.#named = new Map(
      user === null ? [] : [[Buffer.from(user.name).toString('latin1'), Buffer.from(user.password)]],
    );
    this.#users = this.#named;
  }

  /**
   * The users as the file names them now.
   * @throws UserError `unavailable` when it cannot be read, or there is nobody.
   */
  async users(): Promise<Users> {
    if (this.#path === null) {
      checkHashes(this.#named, 'the settings');
      return this.#named;
    }
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(this.#path, { bigint: true });
      const version = [ino, size, mtimeNs, ctimeNs].join();
      if (version !== this.#version) {
        this.#users = new Map([...parseUsers(await readFile(this.#path)), ...this.#named]);
        this.#version = version;
      }
    } catch (error) {
      this.#version = null;
      const reason =
        toError(error).code === 'ENOENT' ? 'does not exist' : `cannot be read (${toError(error).message})`;
      throw new UserError('unavailable', `The auth-db file "${this.#path}" ${reason}.`, { cause: error });
    }
    if (this.#users.size === 0) {
      throw new UserError(
        'unavailable',
        `The auth-db file "${this.#path}" names no user: write lines of "user:password".`,
      );
    }
    checkHashes(this.#users, `the auth-db file "${this.#path}"`);
    return this.#users;
  }
}

/** Whether there is a password that Digest can use. */
export function hasPlain(users: Users): boolean {
  return [...users.values()].some((password) => !isPasswordHash(String(password)));
}

/** Names of the users whose passwords are kept as hashes. */
export function hashedUsers(users: Users): string[] {
  return [...users]
    .filter(([, password]) => isPasswordHash(String(password)))
    .map(([name]) => Buffer.from(name, 'latin1').toString());
}

/** One that was cut off would keep its user out, and nobody would know why. */
function checkHashes(users: Users, where: string): void {
  for (const [name, password] of users) {
    if (!isPasswordHash(String(password)) || isValidPasswordHash(String(password))) continue;
    throw new UserError(
      'unavailable',
      `The password of user "${Buffer.from(name, 'latin1').toString()}" in ${where} looks like an argon2id hash, but is none: make one by "orbweaver key hash".`,
    );
  }
}

/** Reads lines of `user:password`. */
export function parseUsers(bytes: Buffer): Users {
  const users = new Map<string, Buffer>();
  for (const line of bytes.toString('latin1').split('\n')) {
    const text = line.replace(/[ \t\r\v\f]+$/, '');
    const colon = text.indexOf(':');
    if (colon === -1) continue;
    const user = text.slice(0, colon);
    if (!users.has(user)) users.set(user, Buffer.from(text.slice(colon + 1), 'latin1'));
  }
  return users;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A header's bytes (given as latin1 text) as UTF-8 bytes, again as latin1 text. Some clients, Python's requests among
 * them, send names as latin1.
 */
export function asUtf8(latin1: string): string {
  try {
    utf8.decode(Buffer.from(latin1, 'latin1'));
    return latin1;
  } catch {
    return Buffer.from(latin1, 'utf8').toString('latin1');
  }
}

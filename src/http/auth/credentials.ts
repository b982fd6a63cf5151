import { readFile, stat } from 'node:fs/promises';
import { toError, UserError } from '../../errors.ts';

/** Users' raw passwords by their names, both as the bytes of the file read as latin1 (so that any bytes can be a key). */
export type Users = ReadonlyMap<string, Buffer>;

/**
 * The users of an `auth-db` file: a line `user:password` each. As in Scrapy Do's, white space at the end of a line does
 * not count, a line without a colon is ignored, of two lines for one user the first counts, and there are no comments.
 */
export class Credentials {
  readonly #path: string;
  #users: Users = new Map();
  #version: string | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The users as the file names them now.
   * @throws UserError `unavailable` when it cannot be read or names nobody.
   */
  async users(): Promise<Users> {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(this.#path, { bigint: true });
      const version = [ino, size, mtimeNs, ctimeNs].join();
      if (version !== this.#version) {
        this.#users = parseUsers(await readFile(this.#path));
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
    return this.#users;
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

import { createHmac, randomBytes } from 'node:crypto';
import { verifyPassword } from './password-hash.ts';

/** The oldest is forgotten first. */
const MOST = 1000;

/**
 * Compares secrets with argon2id hashes. That takes its time, but only the first time that a secret is right: of these
 * it keeps a mark that is worth nothing outside this process.
 */
export class KnownSecrets {
  readonly #key = randomBytes(32);
  readonly #known = new Set<string>();

  /** Whether the secret was found right for this hash before. */
  has(secret: string | Buffer, hash: string): boolean {
    return this.#known.has(this.#mark(secret, hash));
  }

  async verify(secret: string | Buffer, hash: string): Promise<boolean> {
    if (this.has(secret, hash)) return true;
    const isRight = await verifyPassword(secret, hash);
    if (isRight) this.add(secret, hash);
    return isRight;
  }

  /** The secret is right. */
  add(secret: string | Buffer, hash: string): void {
    this.#known.add(this.#mark(secret, hash));
    const [oldest] = this.#known;
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
  }

  #mark(secret: string | Buffer, hash: string): string {
    return createHmac('sha256', this.#key).update(`${hash}\0`).update(secret).digest('base64');
  }
}

import { createHmac, randomBytes } from 'node:crypto';
import { isSameSecret } from './compare.ts';

const MAX_AGE_MS = 5 * 60_000;
const MAX_USES = 1000;
const MAX_NONCES = 100_000;
const FORMAT = /^([0-9a-f]+)-[0-9a-f]{16}-[0-9a-f]{32}$/;

/**
 * The nonces of Digest: `age-random-signature`, so that one that was handed out need not be remembered.
 *
 * A nonce serves for five minutes and a thousand requests. Its counts (`nc`) may come in any order, since requests on
 * several connections overtake each other, but each only once: that is what stops a replay. Only nonces that
 * authenticated a request are remembered, so strangers cannot fill the memory.
 */
export class Nonces {
  readonly #secret = randomBytes(32);
  readonly #used = new Map<string, Set<number>>();

  create(now: number): string {
    const text = `${now.toString(16)}-${randomBytes(8).toString('hex')}`;
    return `${text}-${this.#sign(text)}`;
  }

  /** Whether it is ours and not too old. */
  isFresh(nonce: string, now: number): boolean {
    const at = FORMAT.exec(nonce)?.[1];
    if (at === undefined) return false;
    const cut = nonce.lastIndexOf('-');
    if (!isSameSecret(nonce.slice(cut + 1), this.#sign(nonce.slice(0, cut)))) return false;
    // A clock that was set back makes nonces of the future: they are as good as old.
    return Math.abs(now - parseInt(at, 16)) <= MAX_AGE_MS;
  }

  /** Uses up one count of a fresh nonce. False if it was used before. */
  use(nonce: string, count: number, now: number): boolean {
    const counts = this.#used.get(nonce) ?? new Set<number>();
    if (counts.has(count) || counts.size >= MAX_USES) return false;
    if (counts.size === 0) {
      this.#forget(now);
      // A nonce that is forgotten while it is fresh could be replayed, so no new one is accepted when there are too many.
      if (this.#used.size >= MAX_NONCES) return false;
      this.#used.set(nonce, counts);
    }
    counts.add(count);
    return true;
  }

  #forget(now: number): void {
    if (this.#used.size < MAX_NONCES) return;
    for (const nonce of this.#used.keys()) {
      if (!this.isFresh(nonce, now)) this.#used.delete(nonce);
    }
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('hex').slice(0, 32);
  }
}

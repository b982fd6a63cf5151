import { timingSafeEqual } from 'node:crypto';
import { toError } from '../errors.ts';
import type { Log } from '../log.ts';
import { hashGenerated, isGenerated, type Key, type KeyStore } from './key.ts';
import { KnownSecrets } from './known-secrets.ts';

/** How exactly the last use of a key is kept: not every request is to wait for the disk. */
const USE_MS = 60_000;

export interface KeyRingOptions {
  store: KeyStore;
  now: () => number;
  log: Log;
}

/** The keys of the data folder as they are now, whoever makes and revokes them. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  readonly #known = new KnownSecrets();
  /** By the hashes: a name may be another key's by now. */
  readonly #usedAt = new Map<string, number>();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  isEmpty(): boolean {
    return this.#options.store.keys().length === 0;
  }

  /** The key of a value, where that can be told at once: of a generated one, or one that was right before. */
  findAtOnce(value: string): Key | null {
    const keys = this.#options.store.keys();
    if (isGenerated(value)) {
      const hash = Buffer.from(hashGenerated(value));
      return keys.find((key) => isSame(hash, Buffer.from(key.hash))) ?? null;
    }
    return keys.find((key) => this.#known.has(value, key.hash)) ?? null;
  }

  /**
   * The key of a value that a person chose.
   * @throws UserError `unavailable` when too many ask
   */
  async find(value: string): Promise<Key | null> {
    if (isGenerated(value)) return this.findAtOnce(value);
    for (const key of this.#options.store.keys()) {
      if (await this.#known.verify(value, key.hash)) return key;
    }
    return null;
  }

  /** A request came with the key. */
  used({ name, hash, lastUsedAt }: Key): void {
    const { store, now, log } = this.#options;
    const at = now();
    if (Math.abs(at - (this.#usedAt.get(hash) ?? lastUsedAt ?? 0)) < USE_MS) return;
    this.#usedAt.set(hash, at);
    try {
      store.setKeyUsed(name, at);
    } catch (error) {
      // No reason to refuse the request.
      log.warn({ key: name, error: toError(error).message }, 'the use of a key could not be recorded');
    }
  }
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

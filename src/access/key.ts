import { createHash, randomBytes } from 'node:crypto';
import { hashPassword } from './password-hash.ts';

/** Tells a generated key from a chosen one, and lets programs that look for secrets find it. */
const GENERATED = /^orbweaver_[A-Za-z0-9_-]{43}$/;

/** What is kept of a key. Times are milliseconds since the epoch. */
export interface Key {
  name: string;
  /** See {@link hashKey}. */
  hash: string;
  readOnly: boolean;
  /** Names of the projects that it opens; null: all. */
  projects: readonly string[] | null;
  createdAt: number;
  /** To the minute. */
  lastUsedAt: number | null;
}

/**
 * What is remembered of keys. Every call is one transaction, on disk when it returns.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface KeyStore {
  /** By name; the same array while nothing has changed, in this process or another. */
  keys(): readonly Key[];
  /** @throws UserError `conflict` when there is one of that name, or with that value */
  addKey(key: Key): void;
  /** @throws UserError `not-found` */
  removeKey(name: string): void;
  setKeyUsed(name: string, at: number): void;
}

/** A new key: 256 random bits. */
export function generateKey(): string {
  return `orbweaver_${randomBytes(32).toString('base64url')}`;
}

export function isGenerated(value: string): boolean {
  return GENERATED.test(value);
}

/** `sha256:…` of a key. Only for generated ones: nobody can try all 256 bits, so nothing slower is needed. */
export function hashGenerated(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

/** What is kept of a key's value. One that a person chose may be a word, and gets the hash of passwords. */
export async function hashKey(value: string): Promise<string> {
  return isGenerated(value) ? hashGenerated(value) : hashPassword(value);
}

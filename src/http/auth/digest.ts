import { createHash } from 'node:crypto';
import { isPasswordHash } from '../../access/password-hash.ts';
import { isSameSecret } from './compare.ts';
import { asUtf8, type Users } from './credentials.ts';
import type { Nonces } from './nonces.ts';

export const REALM = 'scrapy-do';

/** In the order in which they are offered: the better one first (RFC 7616, section 3.7). */
const ALGORITHMS = new Map([
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
]);

/** One parameter of an Authorization header: `name=token` or `name="quoted \" text"`. */
const PARAMETER = /([A-Za-z0-9*_-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))[ \t]*(?:,[ \t]*|$)/y;

/** What is being authenticated: the method, and the target as it stands in the request line, here or before a proxy. */
export interface RequestLine {
  method: string;
  targets: readonly string[];
}

/**
 * The values of the WWW-Authenticate headers. All share a nonce: Python's requests reads them as if they were one
 * header, the last one winning.
 */
export function digestChallenges(nonce: string, isStale: boolean): string[] {
  const stale = isStale ? ', stale=true' : '';
  return [...ALGORITHMS.keys()].map(
    (name) =>
      `Digest realm="${REALM}", qop="auth", algorithm=${name}, nonce="${nonce}", charset=UTF-8${stale}`,
  );
}

/**
 * Checks `credentials`, what follows `Digest ` in an Authorization header. `stale` means: right, but with a nonce that
 * is used up, so the client shall ask again with a new one and need not trouble a person. Of a password that is kept as
 * a hash nobody can tell.
 */
export function checkDigest(
  credentials: string,
  { method, targets }: RequestLine,
  users: Users,
  nonces: Nonces,
  now: number,
): { verdict: 'right' | 'wrong' | 'stale'; user: string } {
  const given = parseParameters(credentials);
  const parameter = (name: string) => given?.get(name) ?? '';
  const hash = ALGORITHMS.get(parameter('algorithm').toUpperCase() || 'MD5');
  const uri = parameter('uri');
  const nonce = parameter('nonce');
  const nc = parameter('nc');
  if (
    hash === undefined ||
    parameter('realm') !== REALM ||
    parameter('qop') !== 'auth' ||
    !targets.includes(uri) ||
    !/^[0-9a-f]{8}$/i.test(nc)
  ) {
    return { verdict: 'wrong', user: '' };
  }
  const digest = (...parts: (string | Buffer)[]) => {
    const sum = createHash(hash);
    parts.forEach((part, index) => {
      // Header text stands for its bytes.
      sum
        .update(index === 0 ? '' : ':')
        .update(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
    });
    return sum.digest('hex');
  };
  const user = userName(parameter('username'), parameter('username*'));
  const known = users.get(user);
  const password = known === undefined || isPasswordHash(String(known)) ? undefined : known;
  const secret = digest(user, REALM, password ?? Buffer.alloc(16));
  const expected = digest(secret, nonce, nc, parameter('cnonce'), 'auth', digest(method, uri));
  const isRight = isSameSecret(parameter('response').toLowerCase(), expected) && password !== undefined;
  if (!isRight) return { verdict: 'wrong', user };
  const isFresh = nonces.isFresh(nonce, now) && nonces.use(nonce, parseInt(nc, 16), now);
  return { verdict: isFresh ? 'right' : 'stale', user };
}

/** Null when it cannot be read, or names a parameter twice. */
function parseParameters(text: string): Map<string, string> | null {
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = 0;
  while (PARAMETER.lastIndex < text.length) {
    const match = PARAMETER.exec(text);
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || parameters.has(name)) return null;
    parameters.set(name, match?.[2]?.replace(/\\(.)/g, '$1') ?? match?.[3] ?? '');
  }
  return parameters;
}

/** The name's UTF-8 bytes as latin1 text. `extended` is RFC 5987's form, which some clients use for names beyond ASCII. */
function userName(plain: string, extended: string): string {
  const encoded = /^UTF-8'[^']*'(.*)$/i.exec(extended)?.[1];
  if (encoded === undefined) return asUtf8(plain);
  try {
    return Buffer.from(decodeURIComponent(encoded)).toString('latin1');
  } catch {
    return '';
  }
}

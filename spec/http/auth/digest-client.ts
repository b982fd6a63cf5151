import { createHash } from 'node:crypto';

/** The challenge of one algorithm in the values of WWW-Authenticate. */
export function challengeOf(header: string | null, algorithm: string): { nonce: string; stale: boolean } {
  const challenge = (header ?? '')
    .split(/(?=Digest |Basic )/)
    .find((text) => text.includes(`algorithm=${algorithm},`));
  return {
    nonce: /nonce="([^"]+)"/.exec(challenge ?? '')?.[1] ?? '',
    stale: (challenge ?? '').includes('stale=true'),
  };
}

export interface DigestOptions {
  user: string | Buffer;
  password: string;
  nonce: string;
  uri: string;
  method?: string;
  algorithm?: 'MD5' | 'SHA-256';
  nc?: number;
  realm?: string;
  /** Stands in the header instead of what was computed. */
  replaced?: Record<string, string>;
}

/** An Authorization header as RFC 7616 computes it, on its own for the specs. */
export function digestHeader(options: DigestOptions): string {
  const {
    user,
    password,
    nonce,
    uri,
    method = 'GET',
    algorithm = 'MD5',
    nc = 1,
    realm = 'scrapy-do',
  } = options;
  const hash = (...parts: (string | Buffer)[]) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(
        Buffer.concat(
          parts.flatMap((part, index) => [Buffer.from(index === 0 ? '' : ':'), Buffer.from(part)]),
        ),
      )
      .digest('hex');
  const count = nc.toString(16).padStart(8, '0');
  const parameters: Record<string, string> = {
    username: Buffer.from(user).toString('latin1'),
    realm,
    nonce,
    uri,
    algorithm,
    qop: 'auth',
    nc: count,
    cnonce: 'c0ffee',
    response: hash(hash(user, realm, password), nonce, count, 'c0ffee', 'auth', hash(method, uri)),
    ...options.replaced,
  };
  const bare = new Set(['algorithm', 'qop', 'nc']);
  const quoted = (name: string, value: string) =>
    bare.has(name) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
  return `Digest ${Object.entries(parameters)
    .map(([name, value]) => `${name}=${quoted(name, value)}`)
    .join(', ')}`;
}

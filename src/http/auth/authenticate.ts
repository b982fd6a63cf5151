import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { checkBasic } from './basic.ts';
import type { Credentials, Users } from './credentials.ts';
import { checkDigest, digestChallenges, REALM } from './digest.ts';
import { Nonces } from './nonces.ts';

export interface AuthenticateOptions {
  credentials: Credentials;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * Lets pass who proves by Digest or Basic to be a user; all others get 401 and the text `Unauthorized`.
 *
 * @throws (to `next`) UserError `unavailable` while the users cannot be read: nobody passes then.
 */
export function authenticate({ credentials, now }: AuthenticateOptions): RequestHandler {
  const nonces = new Nonces();

  return async (req, res, next) => {
    const verdict = check(req, req.originalUrl, await credentials.users(), nonces, now());
    if (verdict === 'right') {
      next();
      return;
    }
    const nonce = nonces.create(now());
    res.setHeader('WWW-Authenticate', [
      ...digestChallenges(nonce, verdict === 'stale'),
      `Basic realm="${REALM}", charset="UTF-8"`,
    ]);
    res.status(401).type('text/plain').send('Unauthorized');
  };
}

function check(
  req: IncomingMessage,
  target: string,
  users: Users,
  nonces: Nonces,
  now: number,
): 'right' | 'wrong' | 'stale' {
  const match = /^(basic|digest)[ \t]+(.*)$/is.exec(req.headers.authorization ?? '');
  const credentials = match?.[2] ?? '';
  const scheme = match?.[1]?.toLowerCase();
  if (scheme === 'basic') return checkBasic(credentials, users) ? 'right' : 'wrong';
  if (scheme === 'digest') {
    return checkDigest(credentials, { method: req.method ?? '', target }, users, nonces, now);
  }
  return 'wrong';
}

import { randomBytes } from 'node:crypto';
import { isSameSecret } from './compare.ts';
import { asUtf8, type Users } from './credentials.ts';

/** Compared with where there is no such user, so that the answer takes as long. */
const NOBODY = randomBytes(32);

/** Whether `credentials`, what follows `Basic ` in an Authorization header, names a user and the right password (RFC 7617). */
export function checkBasic(credentials: string, users: Users): boolean {
  const text = Buffer.from(credentials, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  const expected = users.get(asUtf8(text.slice(0, Math.max(colon, 0))));
  const isRight = isSameSecret(Buffer.from(asUtf8(text.slice(colon + 1)), 'latin1'), expected ?? NOBODY);
  return isRight && colon !== -1 && expected !== undefined;
}

import { asUtf8 } from './credentials.ts';

/** Name and password of a request, both as UTF-8 bytes read as latin1. */
export interface Basic {
  name: string;
  password: string;
}

/** Reads what follows `Basic ` in an Authorization header (RFC 7617); null when there is no colon in it. */
export function readBasic(credentials: string): Basic | null {
  const text = Buffer.from(credentials, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  if (colon === -1) return null;
  return { name: asUtf8(text.slice(0, colon)), password: asUtf8(text.slice(colon + 1)) };
}

import type { IncomingMessage } from 'node:http';
import { readBasic, type Basic } from './basic.ts';

/** What a request shows of who it is from. */
export interface Proof {
  /** What may be the value of a key. */
  keys: readonly string[];
  basic: Basic | null;
  /** What follows `Digest `. */
  digest: string | null;
}

/**
 * A key comes as user name with an empty password, as bearer token, or in the address.
 * @param inAddress the value of `?apikey=`
 */
export function readProof({ headers }: IncomingMessage, inAddress: string | null): Proof {
  const match = /^(basic|digest|bearer)[ \t]+(.*)$/is.exec(headers.authorization ?? '');
  const [scheme, text] = [match?.[1]?.toLowerCase(), match?.[2] ?? ''];
  const basic = scheme === 'basic' ? readBasic(text) : null;
  const keys = [
    scheme === 'bearer' ? text.trim() : null,
    basic?.password === '' ? basic.name : null,
    inAddress,
  ];
  return {
    keys: [...new Set(keys.filter((value) => value !== null && value !== ''))] as string[],
    basic,
    digest: scheme === 'digest' ? text : null,
  };
}

/** Whether it shows nothing, as the first request of a client that waits to be asked. */
export function isEmpty({ keys, basic, digest }: Proof): boolean {
  return keys.length === 0 && basic === null && digest === null;
}

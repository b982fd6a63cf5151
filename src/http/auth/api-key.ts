import type { Request } from 'express';
import { UrlencodedParser } from '../urlencoded.ts';

const NAME = 'apikey';

/**
 * Takes `?apikey=` out of a request's address, so that it is nobody's parameter, and is in no log.
 * @returns its value, the first of several; null without one
 */
export function takeApiKey(req: Request): string | null {
  const mark = req.url.indexOf('?');
  if (mark === -1) return null;
  const pairs = req.url.slice(mark + 1).split('&');
  const [kept, taken] = [[] as string[], [] as string[]];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const isKey = decode(equals === -1 ? pair : pair.slice(0, equals)) === NAME;
    if (isKey) taken.push(equals === -1 ? '' : pair.slice(equals + 1));
    else kept.push(pair);
  }
  if (taken.length === 0) return null;
  req.url = req.url.slice(0, mark) + (kept.length === 0 ? '' : `?${kept.join('&')}`);
  return decode(taken[0] ?? '');
}

/** As parameters are decoded; what cannot be is nobody's name and nobody's key. */
function decode(text: string): string {
  const pieces: Buffer[] = [];
  try {
    const parser = new UrlencodedParser(() => ({
      write: (bytes) => pieces.push(Buffer.from(bytes)),
      end: () => undefined,
    }));
    parser.write(Buffer.from(`x=${text}`, 'latin1'));
    parser.end();
  } catch {
    return '';
  }
  return Buffer.concat(pieces).toString();
}

import type { IncomingHttpHeaders } from 'node:http';

/** `/one/two`: what stands in a path without an escape, and `%XX`; never `//`, which would name another host. */
const PREFIX = /^(?:\/(?:[\w.~-]|%[\dA-Fa-f]{2})+)+$/;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * Under which path a proxy serves this daemon, to be put in front of each link: `/one/two`, or nothing when it serves
 * it at its root. A header that is no such path, or was sent several times, counts as missing: anyone can send one.
 * @param name the header that the proxy sends, in any case
 */
export function forwardedPrefix(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name.toLowerCase()];
  if (typeof value !== 'string') return '';
  const prefix = value.replace(/\/$/, '');
  return PREFIX.test(prefix) && !DOT_SEGMENT.test(prefix) ? prefix : '';
}

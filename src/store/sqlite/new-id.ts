import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7: 48 bits of time, then random ones. In an index those of one time stand side by side, so that a
 * commit of several rows changes one page of it, and not one for each.
 * @param now milliseconds since the epoch
 */
export function newId(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

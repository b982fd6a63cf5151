import type { IncomingMessage } from 'node:http';
import type { Access } from '../../access/access.ts';

const accesses = new WeakMap<IncomingMessage, Access>();

/** Who asks is known. */
export function setAccess(req: IncomingMessage, access: Access): void {
  accesses.set(req, access);
}

/**
 * What whoever asks may do.
 * @throws Error for a request that came past {@link setAccess}: nothing may be answered then
 */
export function accessOf(req: IncomingMessage): Access {
  const access = accesses.get(req);
  if (access === undefined) throw new Error('Nobody was asked who this request is from.');
  return access;
}

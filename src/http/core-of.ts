import type { Request } from 'express';
import { coreView, type Core, type CoreView } from '../access/core-view.ts';
import type { AuditLog } from '../access/audit-log.ts';
import { addressOf } from './address-of.ts';
import { accessOf } from './auth/access-of.ts';

/** The core as whoever sent a request may see and change it. */
export type CoreOf = (req: Request) => CoreView;

/** @param dialect as the audit log is to call it */
export function coreFor(core: Core, audit: AuditLog, dialect: string): CoreOf {
  return (req) => {
    const access = accessOf(req);
    const address = addressOf(req);
    return coreView(core, access, (change) => {
      audit.append({ ...access.who, address, dialect, ...change });
    });
  };
}

import type { Response } from 'express';
import type { ErrorKind, UserError } from '../errors.ts';

/** The statuses that mean what happened; a dialect that has others says which. */
export const HTTP_STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  unauthorized: 401,
  forbidden: 403,
  unavailable: 503,
  'storage-full': 507,
};

/** How a dialect tells of faults. */
export interface ErrorForm {
  statusOf: (kind: ErrorKind) => number;
  /** @param error what was thrown, for a dialect that tells more of it than its message */
  send: (res: Response, status: number, message: string, error?: UserError) => void;
}

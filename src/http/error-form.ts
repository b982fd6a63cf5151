import type { Response } from 'express';
import type { ErrorKind } from '../errors.ts';

/** How a dialect tells of faults. */
export interface ErrorForm {
  statusOf: (kind: ErrorKind) => number;
  send: (res: Response, status: number, message: string) => void;
}

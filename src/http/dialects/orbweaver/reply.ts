import type { Response } from 'express';
import type { UserError } from '../../../errors.ts';
import { toJsonText, type Json } from '../../../json-text.ts';
import { HTTP_STATUS, type ErrorForm } from '../../error-form.ts';
import { Faults } from './faults.ts';

// As in listen.ts: an import would slow the start.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** Sends one JSON document. */
export function sendJson(res: Response, status: number, body: Json): void {
  sendAs(res, 'application/json', status, body);
}

/** Sends problem details (RFC 9457); what kind of problem it is, the status says. */
export function sendProblem(res: Response, status: number, detail: string, error?: UserError): void {
  const title = STATUS_CODES[status] ?? 'Unknown';
  sendAs(res, 'application/problem+json', status, {
    ...{ type: 'about:blank', title, status, detail },
    ...(error === undefined || error.suggestion === null ? {} : { suggestion: error.suggestion }),
    ...(error instanceof Faults ? { errors: error.faults.map((fault) => ({ ...fault })) } : {}),
  });
}

/** How the native API tells of faults. */
export const nativeErrors: ErrorForm = { statusOf: (kind) => HTTP_STATUS[kind], send: sendProblem };

function sendAs(res: Response, type: string, status: number, body: Json): void {
  const bytes = Buffer.from(`${toJsonText(body)}\n`);
  res.statusCode = status;
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', bytes.length);
  res.setHeader('Cache-Control', 'no-store');
  res.end(bytes);
}

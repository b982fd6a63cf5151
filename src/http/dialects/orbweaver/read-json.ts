import type { Request } from 'express';
import { parseJson, type Json } from '../../../json-text.ts';
import { readBody } from '../../read-body.ts';

const MAX_BODY_BYTES = 1024 * 1024;

/** Whether a request has a body at all. */
export function hasBody({ headers }: Request): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

export function saysJson({ headers }: Request): boolean {
  return /^application\/json *(;|$)/i.test(headers['content-type'] ?? '');
}

/**
 * The JSON in a body; no body at all is as good as `{}`.
 * @throws UserError `invalid`, `too-large`
 */
export async function readJson(req: Request): Promise<Json> {
  if (!hasBody(req)) return {};
  return parseJson(await readBody(req, MAX_BODY_BYTES));
}

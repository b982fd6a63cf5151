import type { Response } from 'express';
import { toJsonText, type Json } from '../../../json-text.ts';
import { HTTP_STATUS, type ErrorForm } from '../../error-form.ts';
import { writeChunks } from '../../write-chunks.ts';
import { isDash } from './paths.ts';

/** The first word of a fault in the storage. */
const WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

/** How Scrapy Cloud tells of faults: clients read `status` under `/api`, and `message` everywhere. */
export const cloudErrors: ErrorForm = {
  statusOf: (kind) => HTTP_STATUS[kind],
  send: (res, status, message) => {
    // A duplicate is a bad request there.
    if (isDash(res.req.path)) sendJson(res, { status: 'error', message }, status === 409 ? 400 : status);
    else sendJson(res, { error: WORDS[status] ?? 'Internal Server Error', message }, status);
  },
};

/** One JSON document in one line. */
export function sendJson(res: Response, value: Json, status = 200): void {
  sendAs(res, 'application/json', `${toJsonText(value)}\n`, status);
}

/** One JSON document a line, and no line without one: clients read line by line. */
export function sendLines(res: Response, values: readonly Json[]): void {
  sendAs(res, 'application/x-jsonlines', values.map((value) => `${toJsonText(value)}\n`).join(''), 200);
}

/** The same for an answer that is too long to be made at once: pieces of such lines. */
export async function sendPieces(res: Response, pieces: AsyncIterable<string>): Promise<void> {
  res.setHeader('Content-Type', 'application/x-jsonlines');
  await writeChunks(res, pieces);
}

/** What a write is answered. */
export function sendNothing(res: Response): void {
  res.status(200).type('text/plain').end();
}

function sendAs(res: Response, type: string, text: string, status: number): void {
  const bytes = Buffer.from(text);
  res.statusCode = status;
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', bytes.length);
  res.end(bytes);
}

import type { Request, RequestHandler, Response } from 'express';
import { HTTP_STATUS, type ErrorForm } from '../../error-form.ts';
import { toJson } from '../../python-json.ts';

/** Scrapy Do answers 400 to whatever is wrong with a request; only what its clients can tell apart differs. */
const STATUS = { ...HTTP_STATUS, 'not-found': 400, conflict: 400 };

/** Sends one JSON document. Its client compares the content type to the letter: no charset may follow. */
export function sendJson(res: Response, status: number, body: object): void {
  const text = Buffer.from(`${toJson(body)}\n`);
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Length', text.length);
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.end(text);
}

/** Sends an error in Scrapy Do's form. */
export function sendError(res: Response, status: number, message: string): void {
  sendJson(res, status, { status: 'error', msg: message });
}

/** How Scrapy Do tells of faults. */
export const scrapyDoErrors: ErrorForm = { statusOf: (kind) => STATUS[kind], send: sendError };

/** A handler whose result is sent as JSON with `status: ok`; one that answered by itself gives null. */
export function answer(handle: (req: Request, res: Response) => Promise<object | null>): RequestHandler {
  return async (req, res) => {
    const body = await handle(req, res);
    if (body !== null) sendJson(res, 200, { status: 'ok', ...body });
  };
}

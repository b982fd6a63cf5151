import type { Response } from 'express';
import { HTTP_STATUS, type ErrorForm } from '../../error-form.ts';
import { toJson } from '../../python-json.ts';
import { methodsOf } from './methods.ts';
import { sendText } from './pages/send-text.ts';

/** scrapyd answers 200 to whatever is wrong with a request; but a refusal at the door, or a daemon in trouble, shows. */
const STATUS = { ...HTTP_STATUS, invalid: 200, 'not-found': 200, conflict: 200, 'too-large': 200 };

/** What every answer says last. */
export function ending(nodeName: string): { status: 'ok'; node_name: string } {
  return { status: 'ok', node_name: nodeName };
}

/** Pages of other sites may ask; what they may change is not decided here. */
export function setHeaders(res: Response): void {
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Allow-Methods', (methodsOf(res.req.path) ?? []).join(', '));
  res.setHeader('Access-Control-Allow-Headers', 'X-Requested-With');
}

/** Sends one JSON document, whose last line is ended. */
export function sendJson(res: Response, status: number, body: object): void {
  const text = Buffer.from(`${toJson(body)}\n`);
  res.statusCode = status;
  setHeaders(res);
  res.setHeader('Content-Length', text.length);
  res.end(text);
}

/** How scrapyd tells of faults: in JSON where its answers are, else in plain text. */
export function scrapydErrors(nodeName: string): ErrorForm {
  return {
    statusOf: (kind) => STATUS[kind],
    send: (res, status, message) => {
      if (methodsOf(res.req.path) === null) sendText(res, status, message);
      else sendJson(res, status, { status: 'error', message, node_name: nodeName });
    },
  };
}

import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { CoreView } from '../../../access/core-view.ts';
import { UserError } from '../../../errors.ts';
import type { Json } from '../../../json-text.ts';
import type { CoreOf } from '../../core-of.ts';
import { readQueryParams, type Params } from '../../params.ts';
import { readBodyAs, readQueryAs } from './faults.ts';
import { hasBody, readJson, saysJson } from './read-json.ts';
import { sendJson, sendProblem } from './reply.ts';
import { NOTHING } from './values.ts';

/** What is answered; without a body there is nothing to say (204). */
export interface Answer {
  /** 200, if missing. */
  status?: 200 | 201;
  headers?: Record<string, string>;
  body?: Json;
}

export interface Asked {
  core: CoreView;
  req: Request;
  res: Response;
}

/** Answers a request that changes nothing. */
export function reading(
  coreOf: CoreOf,
  handle: (asked: Asked & { params: Params }) => Answer | Promise<Answer>,
): RequestHandler {
  return async (req, res) => {
    const core = coreOf(req);
    send(res, await handle({ core, req, res, params: readQueryParams(req) }));
  };
}

/** Answers one that changes something; who may not is refused before it is read. */
export function changing<Shape extends z.ZodObject>(
  coreOf: CoreOf,
  schema: Shape,
  handle: (asked: Asked & { body: z.output<Shape> }) => Answer | Promise<Answer>,
): RequestHandler {
  return async (req, res) => {
    const core = coreOf(req);
    const { path } = req;
    core.requireChange(path);
    if (hasBody(req) && !saysJson(req)) {
      const type = req.headers['content-type'] ?? '';
      sendProblem(res, 415, `Content-Type "${type}" is not understood: send the body as application/json.`);
      return;
    }
    try {
      readQueryAs(NOTHING, readQueryParams(req));
      send(res, await handle({ core, req, res, body: readBodyAs(schema, await readJson(req)) }));
    } catch (error) {
      // What does not exist, or not for them, is found out in here.
      if (error instanceof UserError && error.kind === 'not-found') core.recordFailure(path, error);
      throw error;
    }
  };
}

/** @param allowed the methods that are answered: `GET, HEAD` */
export function wrongMethod(allowed: string): RequestHandler {
  return (req, res) => {
    res.setHeader('Allow', allowed);
    sendProblem(res, 405, `Method "${req.method}" is not allowed for "${req.path}": use ${allowed}.`);
  };
}

function send(res: Response, { status = 200, headers = {}, body }: Answer): void {
  if (res.closed) return;
  res.set(headers);
  if (body !== undefined) sendJson(res, status, body);
  else res.status(204).setHeader('Cache-Control', 'no-store').end();
}

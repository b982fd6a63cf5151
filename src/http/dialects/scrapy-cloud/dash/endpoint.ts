import type { Request, RequestHandler, Response } from 'express';
import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Json } from '../../../../json-text.ts';
import type { CoreOf } from '../../../core-of.ts';
import type { Uploads } from '../../../form.ts';
import { readParams, type Params } from '../../../params.ts';
import { sendJson } from '../reply.ts';

/** A request of which everything is read. */
export interface Asked {
  params: Params;
  core: CoreView;
  req: Request;
  res: Response;
}

/** Makes what is answered beside the status; null if the answer was sent already. */
export type Handler = (asked: Asked) => Promise<Record<string, Json> | null> | Record<string, Json> | null;

/** Answers a request that changes nothing. */
export function reading(coreOf: CoreOf, handle: Handler): RequestHandler {
  return async (req, res) => {
    const core = coreOf(req);
    await using params = await readParams(req);
    answer(res, await handle({ params, core, req, res }));
  };
}

/** Answers one that changes something; who may not is refused before it is read. */
export function changing(coreOf: CoreOf, handle: Handler, uploads?: Uploads): RequestHandler {
  return recorded(coreOf, async (core, req, res) => {
    await using params = await readParams(req, uploads === undefined ? {} : { uploads });
    answer(res, await handle({ params, core, req, res }));
  });
}

/** A route that changes something, whatever its body is: also a failure is recorded. */
export function recorded(
  coreOf: CoreOf,
  serve: (core: CoreView, req: Request, res: Response) => Promise<void>,
): RequestHandler {
  return async (req, res) => {
    const core = coreOf(req);
    const what = req.baseUrl + req.path;
    core.requireChange(what);
    try {
      await serve(core, req, res);
    } catch (error) {
      // What does not exist, or not for them, is found out in here.
      if (error instanceof UserError && error.kind === 'not-found') core.recordFailure(what, error);
      throw error;
    }
  };
}

/** @param allowed the methods that are answered: `GET, HEAD` */
export function wrongMethod(allowed: string): RequestHandler {
  return (req, res) => {
    res.setHeader('Allow', allowed);
    const message = `Method "${req.method}" is not allowed for "${req.baseUrl}${req.path}": use ${allowed}.`;
    sendJson(res, { status: 'error', message }, 405);
  };
}

function answer(res: Response, body: Record<string, Json> | null): void {
  if (body !== null) sendJson(res, { status: 'ok', ...body });
}

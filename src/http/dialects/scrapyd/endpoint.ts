import type { Request, RequestHandler, Response } from 'express';
import type { CoreView } from '../../../access/core-view.ts';
import { UserError } from '../../../errors.ts';
import type { CoreOf } from '../../core-of.ts';
import { readParams, type Params } from '../../params.ts';
import type { Uploads } from '../../form.ts';
import { METHODS, type EndpointPath } from './methods.ts';
import { ending, sendJson, setHeaders } from './reply.ts';

/** Makes the answer, without what every answer says; null if it was sent already. */
export type Handler = (
  params: Params,
  core: CoreView,
  res: Response,
) => Promise<object | null> | object | null;

/** What all endpoints need. */
export interface EndpointContext {
  coreOf: CoreOf;
  nodeName: string;
}

/** Every method of an endpoint: its own one, OPTIONS, and the refusal of others in Python's words. */
export function endpoint(
  path: EndpointPath,
  { coreOf, nodeName }: EndpointContext,
  handle: Handler,
  uploads?: Uploads,
): RequestHandler {
  const allowed: readonly string[] = METHODS[path];
  return async (req: Request, res: Response) => {
    if (req.method === 'OPTIONS') {
      setHeaders(res);
      res.removeHeader('Content-Type');
      res.setHeader('Allow', allowed.join(', '));
      res.status(204).end();
      return;
    }
    // Where a GET is answered, so is HEAD, and Node leaves out the body.
    const isAllowed = allowed.includes(req.method) && (req.method !== 'HEAD' || allowed.includes('GET'));
    if (!isAllowed) throw unsupportedMethod(allowed);
    const core = coreOf(req);
    // All that takes POST changes something.
    if (req.method === 'POST') core.requireChange(path);
    await using params = await readParams(req, uploads === undefined ? {} : { uploads });
    try {
      const body = await handle(params, core, res);
      if (body !== null) sendJson(res, 200, { ...body, ...ending(nodeName) });
    } catch (error) {
      // What does not exist, or not for them, is found out here.
      const isMissing = error instanceof UserError && error.kind === 'not-found';
      if (isMissing && req.method === 'POST') core.recordFailure(path, error);
      throw error;
    }
  };
}

function unsupportedMethod(allowed: readonly string[]): UserError {
  const [options, head, own] = allowed.map((method) => `b'${method}'`) as [string, string, string];
  return new UserError('invalid', `UnsupportedMethod: Expected one of [${head}, ${options}, ${own}]`);
}

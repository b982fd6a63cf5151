import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Refusal } from '../../auth/authenticate.ts';
import type { Dialect } from '../dialect.ts';
import { dashRoutes } from './dash/routes.ts';
import type { ScrapyCloudOptions } from './options.ts';
import { isDash, isOpenToAll, isStorage } from './paths.ts';
import { cloudErrors, sendJson } from './reply.ts';
import { storageRoutes } from './storage/routes.ts';

/** Scrapy Cloud: the API of its dashboard under `/api`, and its storage at the root and under `/storage`. */
export function scrapyCloud(options: ScrapyCloudOptions): Dialect {
  const router = Router({ caseSensitive: true, strict: true });
  router.use('/api', unlessNative, dashRoutes(options));
  const storage = storageRoutes(options);
  router.use('/storage', storage);
  router.use(unlessAnothers, storage);
  return { router, errors: cloudErrors, owns: ({ path }) => isDash(path) || isStorage(path) };
}

/** `/api/v1` is Orbweaver's own. */
const unlessNative: RequestHandler = (req, _res, next) => {
  next(/^\/v1(\/|$)/.test(req.path) ? 'router' : undefined);
};

const unlessAnothers: RequestHandler = (req, _res, next) => {
  next(isStorage(req.path) ? undefined : 'router');
};

/** What is different at the door for clients of Scrapy Cloud. */
export const cloudDoor = {
  /** Whether a request needs no key. */
  isOpen: ({ path }: Request): boolean => isOpenToAll(path),
  /** Answers whoever has no right key; false where the usual answer is as well. */
  refuse(req: Request, res: Response, { status }: Refusal): boolean {
    // The one address by which a client only finds out whether its key is right.
    if (status !== 401 || !isDash(req.path) || req.path === '/api/v2/users/me') return false;
    sendJson(res, { status: 'error', message: 'Authentication failed' }, 403);
    return true;
  },
};

import { Router, type Request, type Response } from 'express';
import type { Refusal } from '../../auth/authenticate.ts';
import type { Dialect } from '../dialect.ts';
import type { OrbweaverOptions } from './options.ts';
import { isNative } from './paths.ts';
import { previewRoute } from './preview.ts';
import { nativeErrors, sendProblem } from './reply.ts';
import { scheduleRoutes } from './schedules.ts';
import { timelineRoute } from './timeline.ts';

/** Orbweaver's own API, under `/api/v1`. */
export function orbweaver(options: OrbweaverOptions): Dialect {
  const router = Router({ caseSensitive: true, strict: true });
  // Before the schedules: its name stands where their ids do.
  previewRoute(router, options);
  scheduleRoutes(router, options);
  timelineRoute(router, options);
  return { router, errors: nativeErrors, owns: ({ path }) => isNative(path) };
}

/** Answers whoever may not pass with problem details; false where another dialect is asked for. */
export function refuseNative(req: Request, res: Response, { status, message, headers }: Refusal): boolean {
  if (!isNative(req.path)) return false;
  res.set(headers);
  const detail = status === 401 ? 'Send a key as bearer token, or a user and a password.' : message;
  sendProblem(res, status, detail);
  return true;
}

import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { ErrorForm } from './error-form.ts';

export interface AppOptions {
  /** In order: who may ask at all. */
  guards: RequestHandler[];
  /** The first that owns a request answers it. */
  dialects: readonly Dialect[];
  /** Has what nobody owns. */
  rest: Dialect;
  /** The page at `/`. */
  home: RequestHandler;
  log: Log;
}

/** One app for all dialects, the same on every address. */
export function createApp({ guards, dialects, rest, home, log }: AppOptions): RequestListener {
  const app = express();
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', false);
  app.disable('x-powered-by');
  app.disable('etag');
  // Forcing https would lock out whoever serves plain HTTP on loopback.
  app.use(
    helmet({
      strictTransportSecurity: false,
      crossOriginResourcePolicy: false,
      contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    }),
  );
  app.use(...guards);
  app.use(oneSlash);
  app.get('/', home);
  for (const { router } of [...dialects, rest]) app.use(router);
  const formOf = (req: Request) => (dialects.find(({ owns }) => owns(req)) ?? rest).errors;
  app.use((req, res) => {
    formOf(req).send(res, 404, nothingAt(req.path));
  });
  app.use(onError(formOf, log));
  return (req, res) => {
    // An address without a path, such as "http://[/", comes to no route at all; Express would answer in HTML.
    app(req as Request, res as Response, () => {
      rest.errors.send(res as Response, 404, nothingAt(req.url ?? ''));
    });
  };
}

/** Clients put `/path` behind an address that ends in a slash already. */
const oneSlash: RequestHandler = (req, _res, next) => {
  req.url = req.url.replace(/^\/{2,}/, '/');
  next();
};

function nothingAt(path: string): string {
  return `There is nothing at "${path}".`;
}

/** The one place where a fault becomes an answer. */
function onError(formOf: (req: Request) => ErrorForm, log: Log): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, req, res, _next) => {
    const error = toError(thrown);
    const isOurs = error instanceof UserError;
    const hasNoDescriptor = error.code === 'EMFILE' || error.code === 'ENFILE';
    const isBadAddress = 'status' in error && error.status === 400;
    if (!isOurs && !isBadAddress)
      log.error({ method: req.method, path: req.path, error: error.stack }, 'request failed');
    if (res.headersSent || res.closed) {
      // Half an answer must not look like a whole one.
      res.destroy();
      return;
    }
    const { send, statusOf } = formOf(req);
    if (isOurs) send(res, statusOf(error.kind), error.message, error);
    else if (hasNoDescriptor)
      send(res, 503, 'The daemon has as many files and connections open as the system lets it: try again.');
    else if (isBadAddress) send(res, 400, `The address "${req.url}" cannot be decoded.`);
    else send(res, 500, 'Orbweaver failed on this request: its log says why. Please report it.');
  };
}

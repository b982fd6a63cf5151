import type { RequestListener } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import helmet from 'helmet';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ErrorForm } from './error-form.ts';
import { home } from './home.ts';

export interface AppOptions {
  /** In order: who may ask at all. */
  guards: RequestHandler[];
  dialects: Router[];
  /** For whatever no dialect has answered. */
  errors: ErrorForm;
  version: string;
  log: Log;
}

/** One app for all dialects, the same on every address. */
export function createApp({ guards, dialects, errors, version, log }: AppOptions): RequestListener {
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
  app.get('/', home(version));
  for (const dialect of dialects) app.use(dialect);
  app.use((req, res) => {
    errors.send(res, 404, nothingAt(req.path));
  });
  app.use(onError(errors, log));
  return (req, res) => {
    // An address without a path, such as "http://[/", comes to no route at all; Express would answer in HTML.
    app(req as Request, res as Response, () => {
      errors.send(res as Response, 404, nothingAt(req.url ?? ''));
    });
  };
}

function nothingAt(path: string): string {
  return `There is nothing at "${path}".`;
}

/** The one place where a fault becomes an answer. */
function onError({ send, statusOf }: ErrorForm, log: Log): ErrorRequestHandler {
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
    if (isOurs) send(res, statusOf(error.kind), error.message);
    else if (hasNoDescriptor)
      send(res, 503, 'The daemon has as many files and connections open as the system lets it: try again.');
    else if (isBadAddress) send(res, 400, `The address "${req.url}" cannot be decoded.`);
    else send(res, 500, 'Orbweaver failed on this request: its log says why. Please report it.');
  };
}

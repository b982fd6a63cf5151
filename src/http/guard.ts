import { hostname } from 'node:os';
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { UserError } from '../errors.ts';

const HARMLESS_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface GuardOptions {
  /** Names in `Host` that are accepted beside loopback, IP addresses and the machine's own (`allowed-hosts`). */
  hosts: readonly string[];
  /** Origins of web pages that may make changes (`allowed-origins`), as `https://example.org`. */
  origins: readonly string[];
}

/**
 * Keeps web pages away from a daemon that their visitors can reach.
 *
 * A page that lets its own name resolve to the daemon (DNS rebinding) sends that name as `Host`, so an unknown name is
 * refused; an IP address cannot be rebound. A request without `Host` passes: Node refuses it in HTTP/1.1, and no
 * browser speaks HTTP/1.0. A page elsewhere that posts a form says so in `Origin` or `Sec-Fetch-Site`, so a change
 * from there is refused; what is no browser sends neither.
 *
 * @throws (to `next`) UserError `forbidden`.
 */
export function hostGuard({ hosts, origins }: GuardOptions): RequestHandler {
  const allowedHosts = new Set([...hosts, hostname()].map((host) => bareName(host)));
  const allowedOrigins = new Set(origins.map((origin) => URL.parse(origin)?.origin ?? origin));

  return (req, _res, next) => {
    const { host, origin } = req.headers;
    const site = req.headers['sec-fetch-site'];
    if (host !== undefined && !isKnownHost(host, allowedHosts)) {
      next(
        forbidden(`The Host "${host}" is not known here: if it is this daemon's, add it to "allowed-hosts".`),
      );
      return;
    }
    if (!HARMLESS_METHODS.has(req.method) && !(origin !== undefined && allowedOrigins.has(origin))) {
      if (origin !== undefined && !isSameOrigin(origin, host)) {
        next(
          forbidden(
            `A change asked for by a page of the Origin "${origin}" is refused: allow it by "allowed-origins".`,
          ),
        );
        return;
      }
      if (site === 'cross-site' || site === 'same-site') {
        next(
          forbidden(
            `A change with the header Sec-Fetch-Site "${site}" is refused: allow the page's origin by "allowed-origins".`,
          ),
        );
        return;
      }
    }
    next();
  };
}

function isKnownHost(header: string, allowed: ReadonlySet<string>): boolean {
  const name = bareName(header);
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0 || allowed.has(name);
}

/** `Name.:80` as `name`, `[::1]:80` as `::1`. */
function bareName(host: string): string {
  const name = /^\[([^\]]*)\](?::\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, '');
  return (isIP(host) === 6 ? host : name).toLowerCase().replace(/\.$/, '');
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  const from = URL.parse(origin);
  // Through the URL parser both, which drops a scheme's own port.
  return (
    from !== null && from.host !== '' && URL.parse(`${from.protocol}//${host ?? ''}`)?.host === from.host
  );
}

function forbidden(message: string): UserError {
  return new UserError('forbidden', message);
}

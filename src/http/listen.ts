import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { bind } from './bind.ts';
import { readKeyPair, watchKeyPair, type KeyPair, type TlsFiles } from './tls-files.ts';
import { bindUnixSocket } from './unix-socket.ts';

// An import of it would load Node's client of `fetch` and WebSocket too, which takes a tenth of the start.
const { createServer } = process.getBuiltinModule('node:http');

/** For answers that are under way when the daemon stops; a followed log would never end by itself. */
const CLOSE_GRACE_MS = 500;

/**
 * Until a request has arrived whole. Node's own five minutes would cut off an honest upload over a slow line; no limit
 * at all would let half a request hold its connection for ever. How long an answer takes does not count.
 */
const REQUEST_TIMEOUT_MS = 60 * 60_000;
/** Longer than the idle connections of proxies and HTTP clients usually live, so that not we close under their hands. */
const KEEP_ALIVE_MS = 65_000;

export interface Address {
  /** Name or IP address to bind. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

export interface ListenOptions {
  app: RequestListener;
  addresses: readonly Address[];
  /** Path of a UNIX socket to serve on too; null for none. */
  unixSocket: string | null;
  /** Serve HTTPS with these; null for HTTP. On the UNIX socket it is HTTP all the same: that does not leave the machine. */
  tls: TlsFiles | null;
  log: Log;
  /** Is told of an address that is taken, which is then left out, unless it is the last hope; else it is a failure. */
  onTaken?: (fault: UserError) => void;
  closeGraceMs?: number;
}

/** Servers that accept connections. */
export interface Listening {
  /** Where they do, the UNIX socket apart: what was asked for, with the ports that the system chose. */
  addresses: Address[];
  /** The same as people type it: `http://127.0.0.1:7654`, and last `http+unix:///run/orbweaver.sock`. */
  urls: string[];
  /** Accepts no more; answers under way get a moment. May be called again. */
  close(): Promise<void>;
}

/**
 * Opens a server on every address, or, if one fails and may not be left out, on none.
 * @throws UserError `unavailable` that names the address, with the system's error as `cause`; or names the TLS file.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { app, addresses, unixSocket, tls, log, onTaken, closeGraceMs = CLOSE_GRACE_MS } = options;
  const pair = tls === null ? null : await readKeyPair(tls);
  const servers: (Server | TlsServer)[] = [];
  const opened: Address[] = [];
  const add = (server: Server | TlsServer, where: object) => {
    servers.push(server);
    // A connection that could not be accepted (no descriptor left) is no reason to end.
    server.on('error', (error) => {
      log.error({ ...where, error: error.message }, 'the server has a problem');
    });
  };
  try {
    if (unixSocket !== null) {
      const server = makeServer(app, null);
      await bindUnixSocket(server, unixSocket);
      add(server, { unixSocket });
    }
    for (const [index, address] of addresses.entries()) {
      const server = makeServer(app, pair);
      const isLastHope = servers.length === 0 && index === addresses.length - 1;
      let port: number;
      try {
        port = await open(server, address);
      } catch (error) {
        if (onTaken === undefined || isLastHope || !isTaken(error)) throw error;
        onTaken(error);
        continue;
      }
      add(server, address);
      opened.push({ host: address.host, port });
    }
  } catch (error) {
    await closeAll(servers, 0);
    throw error;
  }

  let unwatch: (() => void) | null = null;
  if (tls !== null && pair !== null) {
    unwatch = watchKeyPair(tls, pair, log, (next) => {
      for (const server of servers) if ('setSecureContext' in server) server.setSecureContext(next);
    });
  }
  let closing: Promise<void> | null = null;
  return {
    addresses: opened,
    urls: [
      ...opened.map((address) => `${tls === null ? 'http' : 'https'}://${inText(address)}`),
      ...(unixSocket === null ? [] : [`http+unix://${unixSocket}`]),
    ],
    close: () => {
      unwatch?.();
      return (closing ??= closeAll(servers, closeGraceMs));
    },
  };
}

function makeServer(app: RequestListener, pair: KeyPair | null): Server | TlsServer {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS };
  return pair === null ? createServer(limits, app) : createTlsServer({ ...limits, ...pair }, app);
}

async function open(server: Server, { host, port }: Address): Promise<number> {
  try {
    await bind(server, { host, port });
  } catch (error) {
    throw inWords(error, host, port);
  }
  return (server.address() as AddressInfo).port;
}

function isTaken(error: unknown): error is UserError {
  return error instanceof UserError && toError(error.cause).code === 'EADDRINUSE';
}

async function closeAll(servers: readonly Server[], graceMs: number): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(() => {
            server.closeAllConnections();
          }, graceMs);
          // Idle connections are closed with it.
          server.close(() => {
            clearTimeout(timer);
            resolve();
          });
        }),
    ),
  );
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another program has it',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not (ports below 1024 are reserved)',
  ENOTFOUND: 'there is no such name',
};

function inWords(thrown: unknown, host: string, port: number): UserError {
  const error = toError(thrown);
  const reason = REASONS[error.code ?? ''] ?? error.message;
  return new UserError('unavailable', `Cannot listen on "${inText({ host, port })}": ${reason}.`, {
    cause: error,
  });
}

function inText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

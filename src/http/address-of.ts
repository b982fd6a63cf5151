import type { IncomingMessage } from 'node:http';

/** Where a request comes from: an IP address, or `unix` for the socket. Behind a proxy it is the proxy's. */
export function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? 'unix';
}

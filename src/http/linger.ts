import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

/**
 * Lets a client that is answered before its whole body was read (413, 401, 404) read that answer. Many send everything
 * before they read a byte; a connection that is closed, or no longer read, under their hands looks to them like a
 * fault of the network. So the rest is read and thrown away, for a limited time. Comes before everything that answers.
 */
export function linger({ timeoutMs = 30_000 }: { timeoutMs?: number } = {}): RequestHandler {
  return (req, res, next) => {
    // Node closes with the answer where the client asked for that (Python's urllib does); here it has to wait.
    const closesLate = hasBody(req) && req.httpVersion === '1.1' && !res.shouldKeepAlive;
    const { socket } = req;
    // Only the closing is put off: an answer that said `keep-alive` would be taken at its word, and the next request lost.
    if (closesLate) socket.destroySoon = () => undefined;
    const over = () => {
      if (closesLate) socket.end();
    };
    res.once('finish', () => {
      if (req.complete || req.destroyed) {
        over();
        return;
      }
      req.unpipe();
      req.resume();
      const timer = setTimeout(() => {
        req.destroy();
      }, timeoutMs);
      timer.unref();
      req.once('close', () => {
        clearTimeout(timer);
        over();
      });
    });
    next();
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined;
}

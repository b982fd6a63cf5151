import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server on loopback for one spec. */
export async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A folder that goes with its spec. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'orbweaver-http-'));
  return {
    path,
    [Symbol.dispose]: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Resolves once `isSo`, looking every few milliseconds; what is awaited here makes no event. */
export async function until(isSo: () => boolean): Promise<void> {
  // No longer than a spec may take: one that has failed must not keep mocha from ending.
  const end = performance.now() + 20_000;
  while (!isSo() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A promise and what settles it. */
export function deferred<T>() {
  return Promise.withResolvers<T>();
}

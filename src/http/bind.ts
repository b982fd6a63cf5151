import type { ListenOptions, Server } from 'node:net';

/**
 * Resolves when a server accepts connections.
 * @throws the system's error
 */
export async function bind(server: Server, where: ListenOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

import { chmodSync, existsSync, lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { toError, UserError } from '../errors.ts';
import { bind } from './bind.ts';

/** For the daemon's user and group, which a proxy can be in; scrapyd's. */
const MODE = 0o660;

/**
 * Lets a server accept connections on a UNIX socket. What a daemon that died has left at its path is replaced; the
 * server itself removes the socket when it is closed.
 * @throws UserError `unavailable` when somebody serves there, when something else is there, or when it cannot be made.
 */
export async function bindUnixSocket(server: Server, path: string): Promise<void> {
  try {
    await removeStale(path);
    // Node says EACCES of it.
    if (!existsSync(dirname(path))) throw refused(path, 'there is no such folder');
    await bind(server, { path });
    chmodSync(path, MODE);
  } catch (error) {
    server.close();
    throw error instanceof UserError ? error : fault(path, error);
  }
}

async function removeStale(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket())
    throw refused(path, 'there is a file that is no socket: move it or name another path');
  if (await isServed(path)) throw refused(path, 'another program serves on it');
  rmSync(path, { force: true });
}

/** Only a refused connection shows that nobody is there: one to a server that is busy may fail too. */
async function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another program has just taken it',
  ENOTDIR: 'there is no such folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
};

function fault(path: string, thrown: unknown): UserError {
  const error = toError(thrown);
  return refused(path, REASONS[error.code ?? ''] ?? error.message, error);
}

function refused(path: string, reason: string, cause?: Error): UserError {
  return new UserError('unavailable', `Cannot serve on the UNIX socket "${path}": ${reason}.`, { cause });
}

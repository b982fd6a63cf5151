import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toError } from '../../src/errors.ts';
import type { TestDaemon } from './daemon.ts';

/** Ways to a mount of one's own: in a user namespace, or as a root that may mount. */
const NAMESPACES = [
  ['unshare', '-rm'],
  ['unshare', '-m'],
] as const;

/**
 * What stands before a daemon's command to give it a small file system of its own for its data folder.
 * @throws Error that says what this machine lacks
 */
export async function onSmallDisk(data: string, megabytes: number): Promise<string[]> {
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=700 tmpfs "$0" && exec "$@"`;
  const reasons: string[] = [];
  for (const namespace of NAMESPACES) {
    const wrapper = [...namespace, 'sh', '-c', mount, data];
    try {
      await promisify(execFile)(wrapper[0]!, [...wrapper.slice(1), 'true']);
      return wrapper;
    } catch (error) {
      reasons.push(`"${namespace.join(' ')}": ${toError(error).message.trim()}`);
    }
  }
  throw new Error(
    'A full disk is tried on a tmpfs in a user namespace, which this machine does not allow. ' +
      'Allow it (sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000 ' +
      'kernel.apparmor_restrict_unprivileged_userns=0, or a container with --privileged). ' +
      reasons.join('; '),
  );
}

/** The data folder as only the daemon's mount namespace shows it. */
export function insideOf(daemon: TestDaemon): string {
  return join('/proc', String(daemon.pid), 'root', daemon.data);
}

/** Fills the file system to the last byte; gives what makes space again. */
export function fill(folder: string): () => void {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  for (const size of [1024 * 1024, 4096, 1]) {
    const bytes = Buffer.alloc(size);
    try {
      for (;;) if (writeSync(file, bytes) < size) break;
    } catch (error) {
      if (toError(error).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
  return () => {
    rmSync(path);
  };
}

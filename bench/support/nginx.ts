import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../spec/support/free-port.ts';
import { missing } from './program.ts';

/** Debian's is not on the PATH of those who are not root. */
const PROGRAMS = ['nginx', '/usr/sbin/nginx'];
const LOOK_EVERY_MS = 20;

export interface Nginx extends AsyncDisposable {
  url: string;
  /** `nginx/1.22.1`. */
  version: string;
}

/** The nginx of this machine; null if there is none. */
export function findNginx(): { program: string; version: string } | null {
  for (const program of PROGRAMS) {
    const { stderr, status } = spawnSync(program, ['-v'], { encoding: 'utf8' });
    if (status === 0) return { program, version: /nginx\/\S+/.exec(stderr)?.[0] ?? 'nginx' };
  }
  return null;
}

/**
 * Serves the files of a folder by nginx, with the settings that Debian's comes with.
 * @param folder of its own, for what it writes
 * @throws UserError when there is no nginx
 */
export async function startNginx(folder: string, root: string): Promise<Nginx> {
  const found = findNginx();
  if (found === null) throw missing('nginx', 'nginx-light');
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, configText(folder, root, port));
  const server = spawn(found.program, ['-c', config, '-e', join(folder, 'error.log')], {
    stdio: 'inherit',
    // A group of its own: its workers name no folder by which they could be found.
    detached: true,
  });
  const exited = once(server, 'exit');
  const killAll = () => {
    try {
      if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
    } catch {
      // All have ended.
    }
  };
  process.once('exit', killAll);
  while (!existsSync(join(folder, 'pid'))) {
    if (server.exitCode !== null) throw new Error('nginx ended at its start.');
    await sleep(LOOK_EVERY_MS);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    version: found.version,
    [Symbol.asyncDispose]: async () => {
      process.off('exit', killAll);
      server.kill('SIGTERM');
      await exited;
    },
  };
}

/** What `/etc/nginx/nginx.conf` of Debian says, but for where it writes, and as whom it reads. */
function configText(folder: string, root: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${join(folder, 'pid')};
worker_processes auto;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  default_type text/plain;
  gzip on;
  access_log ${join(folder, 'access.log')};
  ${temporary.join('\n  ')}
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;
}

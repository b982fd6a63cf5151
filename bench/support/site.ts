import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'site-server.ts');

/** The site of linked pages, in a process of its own until it is disposed of; `url` is `http://127.0.0.1:1234`. */
export async function startSite(): Promise<{ url: string } & AsyncDisposable> {
  const server = fork(PROGRAM);
  const [url] = (await once(server, 'message')) as [string];
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const gone = once(server, 'exit');
      server.disconnect();
      await gone;
    },
  };
}

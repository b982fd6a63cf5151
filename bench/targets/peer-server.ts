import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import { killProcessesOf } from '../support/processes.ts';

export interface PeerServerOptions {
  /** Of its Python environment. */
  environment: string;
  /** It works in it, and has it as its home. */
  folder: string;
  /** The name of its script in the environment, and its arguments. */
  command: readonly string[];
}

/**
 * Starts a Twisted server.
 * @returns what ends it, and its spiders, once it serves
 */
export async function startPeerServer(options: PeerServerOptions): Promise<() => Promise<void>> {
  const { environment, folder, command } = options;
  const bin = `${environment}/bin`;
  const { PATH = '', ...env } = cleanEnvironment(process.env, []);
  const [script = '', ...args] = command;
  const server = spawn(`${bin}/python`, [`${bin}/${script}`, ...args], {
    cwd: folder,
    // Scrapy Do unzips into temporary folders, and looks for `scrapy` on the PATH; scrapyd has settings at home, too.
    env: { ...env, PATH: `${bin}:${PATH}`, HOME: folder, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    server.once('exit', () => {
      reject(new Error(`${script} ended at its start:\n${said.join('\n')}`));
    });
    // Both are read to the end, so that it never waits for a reader.
    for (const stream of [server.stdout, server.stderr]) {
      createInterface(stream).on('line', (line) => {
        if (said.length < 1000) said.push(line);
        if (line.includes('Site starting on')) resolve();
      });
    }
  });
  return async () => {
    const gone = once(server, 'exit');
    killProcessesOf(folder);
    await gone;
  };
}

/** @throws Error when the answer is not the status 200 with `"ok"` in it */
export async function upload(url: string, body: FormData): Promise<void> {
  const response = await fetch(url, { method: 'POST', body });
  const text = await response.text();
  if (!response.ok || !text.includes('"ok"')) throw new Error(`${url} answered ${response.status}: ${text}`);
}

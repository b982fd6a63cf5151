import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { zipProject } from '../../examples/zip-project.ts';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import { killProcessesOf } from '../support/processes.ts';
import { ensureScrapyDo } from './scrapy-do-environment.ts';
import { PROJECT, SPIDER, type TargetKind } from './target.ts';

const DEFAULT_SLOTS = 3;

/** Scrapy Do, with the settings that it comes with. */
export const scrapyDo: TargetKind = {
  name: 'Scrapy Do 0.5.0',
  defaultSlots: DEFAULT_SLOTS,
  async start({ folder, slots, project, environment }) {
    const venv = await ensureScrapyDo(environment.scrapyVersion ?? '');
    mkdirSync(folder, { recursive: true });
    const url = `http://127.0.0.1:${await freePort()}`;
    const server = startServer(venv, folder, writeConfig(folder, url, slots ?? DEFAULT_SLOTS));
    await serving(server);

    const archive = new FormData();
    archive.set('archive', new Blob([new Uint8Array(await zipProject(project))]), 'project.zip');
    await post(`${url}/push-project.json`, archive);
    return {
      run: (payload) =>
        post(
          `${url}/schedule-job.json`,
          new URLSearchParams({ project: PROJECT, spider: SPIDER, when: 'now', payload }),
        ),
      stop: async () => {
        const gone = once(server, 'exit');
        killProcessesOf(folder);
        await gone;
      },
    };
  },
};

function writeConfig(folder: string, url: string, slots: number): string {
  const path = join(folder, 'config');
  const store = join(folder, 'projects');
  const lines = ['[scrapy-do]', `project-store = ${store}`, `job-slots = ${slots}`];
  writeFileSync(path, [...lines, '[web]', `interfaces = ${new URL(url).host}`, ''].join('\n'));
  return path;
}

function startServer(venv: string, folder: string, config: string): ChildProcess {
  const bin = join(venv, 'bin');
  const { PATH = '', ...env } = cleanEnvironment(process.env, []);
  const script = [join(bin, 'scrapy-do'), '--nodaemon', '--pidfile=', 'scrapy-do', '--config', config];
  return spawn(join(bin, 'python'), script, {
    cwd: folder,
    // It unzips into temporary folders, and looks for `scrapy` on the PATH.
    env: { ...env, PATH: `${bin}:${PATH}`, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Resolves when it says that it listens; its output must be read to the end. */
function serving(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    server.once('exit', () => {
      reject(new Error(`Scrapy Do ended at its start:\n${said.join('\n')}`));
    });
    if (server.stdout === null) return;
    createInterface(server.stdout).on('line', (line) => {
      said.push(line);
      if (line.includes('Site starting on')) resolve();
    });
  });
}

/** Scrapy Do cannot be told to let the system choose. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function post(url: string, body: FormData | URLSearchParams): Promise<void> {
  const response = await fetch(url, { method: 'POST', body });
  const text = await response.text();
  if (!response.ok) throw new Error(`Scrapy Do answered ${response.status}: ${text}`);
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { zipProject } from '../../examples/zip-project.ts';
import { freePort } from '../../spec/support/free-port.ts';
import { pidsOf } from '../../spec/support/processes.ts';
import { post } from '../support/post.ts';
import { scrapyDoEnvironment } from './peer-environments.ts';
import { startPeerServer, upload } from './peer-server.ts';
import { PROJECT, PROJECT_FOLDER, SPIDER, type TargetKind } from './target.ts';

const DEFAULT_SLOTS = 3;

/** Scrapy Do, with the settings that it comes with. */
export const scrapyDo: TargetKind = {
  name: 'Scrapy Do 0.5.0',
  defaultSlots: DEFAULT_SLOTS,
  async start({ folder, slots, environment: { scrapyVersion } }) {
    const environment = await scrapyDoEnvironment(scrapyVersion ?? '');
    mkdirSync(folder, { recursive: true });
    // It cannot be told to let the system choose.
    const url = `http://127.0.0.1:${await freePort()}`;
    const config = writeConfig(folder, url, slots ?? DEFAULT_SLOTS);
    const command = ['scrapy-do', '--nodaemon', '--pidfile=', 'scrapy-do', '--config', config];
    const stop = await startPeerServer({ environment, folder, command });

    const archive = new FormData();
    archive.set('archive', new Blob([new Uint8Array(await zipProject(PROJECT_FOLDER))]), 'project.zip');
    await upload(`${url}/push-project.json`, archive);
    const agent = new Agent({ keepAlive: true });
    return {
      url,
      pids: () => pidsOf(folder),
      run: (payload) =>
        post(`${url}/schedule-job.json`, agent, { project: PROJECT, spider: SPIDER, when: 'now', payload }),
      stop,
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

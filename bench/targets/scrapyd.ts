import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../spec/support/free-port.ts';
import { pidsOf } from '../../spec/support/processes.ts';
import { eggOfFolder } from '../../spec/support/scrapyd-egg.ts';
import { post } from '../support/post.ts';
import { scrapydEnvironment } from './peer-environments.ts';
import { startPeerServer, upload } from './peer-server.ts';
import { PROJECT, PROJECT_FOLDER, SPIDER, type TargetKind } from './target.ts';

/** Its `max_proc_per_cpu`. */
const DEFAULT_SLOTS = 4 * availableParallelism();

/** scrapyd, with the settings that it comes with but for these. */
function scrapydWith(name: string, settings: Record<string, string>): TargetKind {
  return {
    name,
    defaultSlots: DEFAULT_SLOTS,
    async start({ folder, slots, environment: { scrapyVersion } }) {
      const environment = await scrapydEnvironment(scrapyVersion ?? '');
      mkdirSync(folder, { recursive: true });
      const port = String(await freePort());
      const url = `http://127.0.0.1:${port}`;
      writeConfig(folder, {
        http_port: port,
        ...settings,
        ...(slots === null ? {} : { max_proc: String(slots) }),
      });
      const stop = await startPeerServer({ environment, folder, command: ['scrapyd'] });

      const egg = new FormData();
      egg.set('project', PROJECT);
      egg.set('version', '1');
      egg.set(
        'egg',
        new Blob([new Uint8Array(eggOfFolder(PROJECT_FOLDER, `${PROJECT}.settings`))]),
        'project.egg',
      );
      await upload(`${url}/addversion.json`, egg);
      const agent = new Agent({ keepAlive: true });
      return {
        url,
        pids: () => pidsOf(folder),
        run: (payload) => post(`${url}/schedule.json`, agent, { project: PROJECT, spider: SPIDER, payload }),
        stop,
      };
    },
  };
}

export const scrapyd = scrapydWith('scrapyd 1.6.0', {});
export const scrapydQuick = scrapydWith('scrapyd 1.6.0, poll_interval 0.2', { poll_interval: '0.2' });

function writeConfig(folder: string, settings: Record<string, string>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(join(folder, 'scrapyd.conf'), `[scrapyd]\n${lines.join('\n')}\n`);
}

import { Agent } from 'node:http';
import { availableParallelism } from 'node:os';
import { zipProject } from '../../examples/zip-project.ts';
import { TestDaemon } from '../../spec/support/daemon.ts';
import { pidsOf } from '../../spec/support/processes.ts';
import { post } from '../support/post.ts';
import { PROJECT, PROJECT_FOLDER, SPIDER, type TargetKind } from './target.ts';

/** A daemon with the project pushed. */
export async function startDaemon(data: string, args: string[] = []): Promise<TestDaemon> {
  const daemon = await TestDaemon.start({ data, args });
  const pushed = await daemon.pushZip(await zipProject(PROJECT_FOLDER));
  if (pushed.status !== 200) throw new Error(`Orbweaver refused the project: ${pushed.text}`);
  return daemon;
}

/** The daemon of this folder, as `npm start` starts it. */
function orbweaver(name: string, fork: 'yes' | 'no'): TargetKind {
  return {
    name,
    defaultSlots: 4 * availableParallelism(),
    async start({ folder, slots }) {
      const args = slots === null ? [] : ['--job-slots', String(slots)];
      const daemon = await startDaemon(folder, args);
      const agent = new Agent({ keepAlive: true });
      return {
        url: daemon.url,
        pids: () => pidsOf(folder),
        run: (payload) => {
          const fields = { project: PROJECT, spider: SPIDER, when: 'now', payload, fork };
          return post(`${daemon.url}/schedule-job.json`, agent, fields);
        },
        stop: () => daemon[Symbol.asyncDispose](),
      };
    },
  };
}

export const orbweaverFork = orbweaver('Orbweaver, fork', 'yes');
export const orbweaverFresh = orbweaver('Orbweaver, fresh interpreter', 'no');

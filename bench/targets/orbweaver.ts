import { availableParallelism } from 'node:os';
import { zipProject } from '../../examples/zip-project.ts';
import { TestDaemon } from '../../spec/support/daemon.ts';
import { PROJECT, SPIDER, type TargetKind } from './target.ts';

/** The daemon of this folder, as `npm start` starts it. */
function orbweaver(name: string, fork: 'yes' | 'no'): TargetKind {
  return {
    name,
    defaultSlots: 4 * availableParallelism(),
    async start({ folder, slots, project }) {
      const args = slots === null ? [] : ['--job-slots', String(slots)];
      const daemon = await TestDaemon.start({ data: folder, args });
      const pushed = await daemon.pushZip(await zipProject(project));
      if (pushed.status !== 200) throw new Error(`Orbweaver refused the project: ${pushed.text}`);
      return {
        run: async (payload) => {
          await daemon.schedule({ project: PROJECT, spider: SPIDER, payload, fork });
        },
        stop: () => daemon[Symbol.asyncDispose](),
      };
    },
  };
}

export const orbweaverFork = orbweaver('Orbweaver, fork', 'yes');
export const orbweaverFresh = orbweaver('Orbweaver, fresh interpreter', 'no');

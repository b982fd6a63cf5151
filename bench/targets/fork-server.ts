import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import net from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import { pidsOf } from '../../spec/support/processes.ts';
import { ended } from '../support/processes.ts';
import { PROJECT, PROJECT_FOLDER, type TargetKind } from './target.ts';

const SCRIPT = join(import.meta.dirname, 'fork_server.py');
/** The same as Orbweaver's. */
const DEFAULT_SLOTS = 4 * availableParallelism();

/** A socket and `os.fork()`, with nothing around it. */
export const forkServer: TargetKind = {
  name: 'bare fork server',
  defaultSlots: DEFAULT_SLOTS,
  async start({ folder, slots, environment }) {
    mkdirSync(folder, { recursive: true });
    // Python writes bytecode beside what it imports.
    const copy = join(folder, PROJECT);
    cpSync(PROJECT_FOLDER, copy, { recursive: true });
    const path = join(folder, 'socket');
    const server = spawn(environment.python, [SCRIPT, path, copy, String(slots ?? DEFAULT_SLOTS)], {
      env: cleanEnvironment(process.env, []),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await Promise.race([
      once(server.stdout, 'data'),
      once(server, 'exit').then(() => {
        throw new Error('The fork server ended at its start.');
      }),
    ]);
    const socket = net.connect(path);
    await once(socket, 'connect');
    return {
      url: '',
      pids: () => pidsOf(folder),
      run: (payload) =>
        new Promise((resolve, reject) => {
          socket.write(`${payload}\n`, (error) => {
            if (error) reject(error);
            else resolve();
          });
        }),
      stop: async () => {
        socket.destroy();
        await ended(server.pid ?? 0);
      },
    };
  },
};

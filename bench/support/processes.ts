import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pidsOf } from '../../spec/support/processes.ts';

const LOOK_EVERY_MS = 5;

/** Kills every process whose command line or environment names a folder. */
export function killProcessesOf(folder: string): void {
  for (const pid of pidsOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** Waits until a process is over. */
export async function ended(pid: number): Promise<void> {
  while (runs(pid)) await sleep(LOOK_EVERY_MS);
}

function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): the name, in brackets, may hold anything; the state follows it.
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}

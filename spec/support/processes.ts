import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from './text-of.ts';

/** Whether a process runs; a zombie that nobody has reaped yet is dead. */
export function isAlive(pid: number): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat !== '' && !/^\d+ \(.*\) [ZX]/.test(stat);
}

/** Where a process works; empty if it has ended. */
export function workFolderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** The command line of a process, empty if it has ended. */
export function commandLineOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`);
}

/** The processes whose command line or environment names a folder. */
export function pidsOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .filter((pid) => commandLineOf(pid).includes(folder) || textOf(`/proc/${pid}/environ`).includes(folder));
}

/** Waits for a process to be gone. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(20);
}

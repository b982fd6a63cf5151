import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandLineOf, isAlive, pidsOf, workFolderOf } from '../support/processes.ts';
import { textOf } from '../support/text-of.ts';

/** A spider's process, and its job's UUID. */
export interface SpiderProcess {
  pid: number;
  job: string;
}

/** The hosts of a data folder. A spider that was just forked looks like its host, but is its child. */
export function hostsOf(data: string): number[] {
  const alike = pidsOf(data).filter(
    (pid) =>
      isAlive(pid) &&
      commandLineOf(pid).includes('host_main.py') &&
      workFolderOf(pid).startsWith(join(data, 'hosts')),
  );
  return alike.filter((pid) => !alike.includes(parentOf(pid)));
}

/** The spiders that run, by the records that their hosts left. */
export function spidersOf(data: string): SpiderProcess[] {
  return globSync(join(data, 'hosts', '*', 'jobs', '*.start'))
    .flatMap((path) => {
      const text = textOf(path);
      if (text === '') return [];
      const { process } = JSON.parse(text) as { process: { pid: number } };
      return [{ pid: process.pid, job: basename(path, '.start') }];
    })
    .filter(({ pid }) => isAlive(pid) && workFolderOf(pid).startsWith(data));
}

function parentOf(pid: number): number {
  // proc(5): the name, in brackets, may hold anything; the state and the parent follow it.
  return Number(/.*\) . (\d+)/s.exec(textOf(`/proc/${pid}/stat`))?.[1]);
}

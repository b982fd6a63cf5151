// Loaded into a process with `--import`: between two SIGUSR2 it looks at the clock each millisecond, and writes each pause
// into the file that LOOP_PAUSES names. On Linux the process's first thread is the one of its event loop.
import { renameSync, writeFileSync } from 'node:fs';
import type { Pause } from './loop-pauses.ts';

const LOOK_EVERY_MS = 1;
/** Shorter ones are left out. */
const LEAST_MS = 5;

const path = process.env.LOOP_PAUSES ?? '';
let timer: NodeJS.Timeout | null = null;
let pauses: Pause[] = [];
let seen = now();

process.on('SIGUSR2', () => {
  if (timer === null) {
    pauses = [];
    seen = now();
    timer = setInterval(look, LOOK_EVERY_MS);
    timer.unref();
    return;
  }
  clearInterval(timer);
  timer = null;
  // The name is there when its content is.
  writeFileSync(`${path}.new`, JSON.stringify(pauses));
  renameSync(`${path}.new`, path);
});

function look(): void {
  const last = seen;
  seen = now();
  const ms = seen.wall - last.wall - LOOK_EVERY_MS;
  if (ms < LEAST_MS) return;
  pauses.push({ ms, cpuMs: seen.cpu - last.cpu, preempted: seen.preempted - last.preempted, at: last.wall });
}

function now() {
  const { user, system } = process.threadCpuUsage();
  const { involuntaryContextSwitches } = process.resourceUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000, preempted: involuntaryContextSwitches };
}

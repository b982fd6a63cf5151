import { readdirSync, readFileSync } from 'node:fs';
import { textOf } from '../../spec/support/text-of.ts';

/** Linux gives times in hundredths of a second to every program, whatever it counts in. */
const TICKS_A_SECOND = 100;

/**
 * Seconds that processes have used, with those of the children that they have waited for, to a hundredth; 0 for one that is
 * gone.
 */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((seconds, pid) => seconds + ticksOf(pid) / TICKS_A_SECOND, 0);
}

/** Milliseconds that the threads of one process have used, to the nanosecond; those that have ended are left out. */
export function cpuMsOf(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    // Documentation/scheduler/sched-stats.rst: time on the CPU, time in the queue, times run.
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

function ticksOf(pid: number): number {
  const stat = textOf(`/proc/${pid}/stat`);
  // proc(5): the name, in brackets, may hold anything; fields 14 to 17 are utime, stime, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0);
}

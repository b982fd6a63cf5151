import { readFileSync, writeFileSync } from 'node:fs';

const KIB_A_MIB = 1024;

/** Memory of processes in RAM, in MiB. */
export interface Memory {
  /** All that is in it. */
  resident: number;
  /** Of what several processes share, as the code of a library, only this one's part of it. */
  proportional: number;
}

/** What processes take together. */
export function memoryOf(pids: readonly number[]): Memory {
  const rollups = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  const total = (field: string) => rollups.reduce((sum, rollup) => sum + mibIn(rollup, field), 0);
  return { resident: total('Rss'), proportional: total('Pss') };
}

/** What one process takes, in MiB: now, and the most since its start or {@link forgetPeak}. */
export function resident(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return { now: mibIn(status, 'VmRSS'), peak: mibIn(status, 'VmHWM') };
}

/** The peak is counted anew from now on; see proc(5), `clear_refs`. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** A line of a file in `/proc`: `VmRSS:    1234 kB`. */
function mibIn(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / KIB_A_MIB;
}

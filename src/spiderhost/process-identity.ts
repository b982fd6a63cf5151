import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { toError } from '../errors.ts';
import type { ProcessIdentity } from '../jobs/job.ts';

/**
 * Whether this very process still runs, and not a later one with its pid. One that only waits to be reaped does not.
 * @throws if it cannot be known, as when there are no free file descriptors.
 */
export function isRunning(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId() && startTimeOf(identity.pid) === identity.startTime;
}

/** Sends the signal if this very process still runs, to its group if it has one. False if it is over. */
export function signalProcess(
  identity: ProcessIdentity,
  signal: string,
  target: 'process' | 'group',
): boolean {
  if (!isRunning(identity)) return false;
  if (target === 'group' && kill(-identity.pid, signal)) return true;
  return kill(identity.pid, signal);
}

function kill(pid: number, signal: string): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The start time of a process, or null if it is dead. */
function startTimeOf(pid: number): string | null {
  if (process.platform !== 'linux') {
    return startTimeByPs(pid);
  }
  // proc(5): the name, in brackets, may hold spaces and brackets; the state is field 3, starttime field 22.
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function startTimeByPs(pid: number): string | null {
  try {
    const [state, ...startTime] = outputOf('ps', ['-o', 'state=,lstart=', '-p', String(pid)]).split(/\s+/);
    return state?.startsWith('Z') ? null : startTime.join(' ');
  } catch (error) {
    // What ps says of a pid that nobody has.
    if ((error as { status?: unknown }).status === 1) return null;
    throw error;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    const { code } = toError(error);
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

let boot: string | undefined;

function bootId(): string {
  boot ??=
    process.platform === 'linux'
      ? readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
      : outputOf('sysctl', ['-n', 'kern.bootsessionuuid']);
  return boot;
}

function outputOf(program: string, arguments_: readonly string[]): string {
  return execFileSync(program, arguments_, { encoding: 'utf8' }).trim();
}

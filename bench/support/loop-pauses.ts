import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROBE = join(import.meta.dirname, 'loop-pauses-probe.ts');
const LOOK_EVERY_MS = 20;

/** A time in which an event loop did not turn. */
export interface Pause {
  ms: number;
  /** How long its thread computed, in user and kernel; the rest it waited, for the disk or for a core. */
  cpuMs: number;
  /** How often the process lost its core to another one. */
  preempted: number;
  /** When it began, on the clock of its process. */
  at: number;
}

/** Measures the pauses of a process's event loop from inside; the process is not told otherwise. */
export class LoopPauses {
  readonly #path: string;

  /** @param folder where the process puts what it measured */
  constructor(folder: string) {
    this.#path = join(folder, 'pauses.json');
  }

  /** What the process is to be started with. */
  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import=${PROBE}`, LOOP_PAUSES: this.#path };
  }

  /** The pauses of at least 5 ms while `work` goes on. */
  async during(pid: number, work: () => Promise<void>): Promise<Pause[]> {
    rmSync(this.#path, { force: true });
    process.kill(pid, 'SIGUSR2');
    await work();
    process.kill(pid, 'SIGUSR2');
    while (!existsSync(this.#path)) await sleep(LOOK_EVERY_MS);
    return JSON.parse(readFileSync(this.#path, 'utf8')) as Pause[];
  }
}

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { toError } from '../errors.ts';
import { exitRecord, startRecord } from './protocol.ts';
import type { ExitRecord, StartRecord } from './protocol.ts';

/**
 * What a host wrote about its jobs, for when it cannot be asked. A record that cannot be read throws: to take it for
 * none would run its job again.
 */
export class Records {
  readonly #folder: string;

  constructor(hostFolder: string) {
    this.#folder = join(hostFolder, 'jobs');
  }

  /** Ids of all jobs with a record. */
  jobs(): string[] {
    if (!existsSync(this.#folder)) return [];
    const names = readdirSync(this.#folder).filter((name) => /\.(start|exit)$/.test(name));
    return [...new Set(names.map((name) => name.replace(/\.\w+$/, '')))];
  }

  /** Null if the job's process never ran anything of the spider's. */
  start(job: string): StartRecord | null {
    return this.#read(`${job}.start`, startRecord);
  }

  exit(job: string): ExitRecord | null {
    return this.#read(`${job}.exit`, exitRecord);
  }

  forget(job: string): void {
    rmSync(join(this.#folder, `${job}.start`), { force: true });
    rmSync(join(this.#folder, `${job}.exit`), { force: true });
  }

  #read<Record>(name: string, schema: z.ZodType<Record>): Record | null {
    let text: string;
    try {
      text = readFileSync(join(this.#folder, name), 'utf8');
    } catch (error) {
      if (toError(error).code === 'ENOENT') return null;
      throw error;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      // Not what is wrong with it: that would quote it, and a run has secrets among its variables.
      throw new Error(`The record "${name}" is broken.`);
    }
  }
}

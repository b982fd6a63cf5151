import { appendFileSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputPaths, Outputs } from '../jobs/outputs.ts';

/** The folders of what runs leave, inside the data folder. */
export const OUTPUT_FOLDERS = { logs: 'logs', items: 'items', stats: 'stats' } as const;

/** Keeps what runs leave in three folders: `logs/<id>.out` and `.err`, `items/<id>.jl`, `stats/<id>.json`. */
export class OutputFiles implements Outputs {
  readonly #dataFolder: string;

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  paths(jobId: string): OutputPaths {
    const logs = join(this.#dataFolder, OUTPUT_FOLDERS.logs);
    return {
      stdout: join(logs, `${jobId}.out`),
      stderr: join(logs, `${jobId}.err`),
      items: join(this.#dataFolder, OUTPUT_FOLDERS.items, `${jobId}.jl`),
      stats: join(this.#dataFolder, OUTPUT_FOLDERS.stats, `${jobId}.json`),
    };
  }

  size(jobId: string): number {
    let bytes = 0;
    for (const path of Object.values<string>({ ...this.paths(jobId) })) {
      bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    }
    return bytes;
  }

  note(jobId: string, line: string): void {
    appendFileSync(this.paths(jobId).stderr, `${line}\n`, { mode: 0o600 });
  }

  *jobIds(): Iterable<string> {
    const seen = new Set<string>();
    for (const name of Object.values(OUTPUT_FOLDERS)) {
      const folder = join(this.#dataFolder, name);
      if (!existsSync(folder)) continue;
      for (const file of readdirSync(folder)) {
        const id = file.slice(0, file.lastIndexOf('.'));
        if (!seen.has(id)) yield id;
        seen.add(id);
      }
    }
  }

  remove(jobId: string): void {
    for (const path of Object.values<string>({ ...this.paths(jobId) })) rmSync(path, { force: true });
  }
}

import { join } from 'node:path';
import type { Environment } from '../../src/projects/environment.ts';

export interface TargetOptions {
  /** A folder of its own; whatever still runs with its name in the command line or environment is killed at the end. */
  folder: string;
  /** Spiders that may run at once; null: the target's default. */
  slots: number | null;
  /** The Python environment of Orbweaver, whose version of Scrapy all targets run. */
  environment: Environment;
}

/** Something that runs spiders, started and with the project pushed. */
export interface Target {
  /** Where it serves HTTP: `http://127.0.0.1:6800`; empty if it does not. */
  url: string;
  /** Its processes, with those of the spiders that run now. */
  pids(): number[];
  /** Asks for a run at once. Resolves when that is answered, which may be before or after the run. */
  run(payload: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TargetKind {
  name: string;
  /** How many spiders run at once if nobody says. */
  defaultSlots: number;
  start(options: TargetOptions): Promise<Target>;
}

/** The project that all of them run, and its name. */
export const PROJECT_FOLDER = join(import.meta.dirname, '..', 'project');
export const PROJECT = 'project';
/** A spider of it that ends at once. */
export const SPIDER = 'first-line';

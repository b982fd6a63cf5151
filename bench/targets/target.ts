import type { Environment } from '../../src/projects/environment.ts';

export interface TargetOptions {
  /** A folder of its own; whatever still runs with its name in the command line or environment is killed at the end. */
  folder: string;
  /** Spiders that may run at once; null: the target's default. */
  slots: number | null;
  /** The project's folder, which holds `scrapy.cfg`. */
  project: string;
  /** The Python environment of Orbweaver, whose version of Scrapy all targets run. */
  environment: Environment;
}

/** Something that runs spiders, started and with the project pushed. */
export interface Target {
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

/** The names in `bench/project`. */
export const PROJECT = 'project';
export const SPIDER = 'first-line';

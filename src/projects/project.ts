import type { Json } from '../json-text.ts';
import type { EnvironmentNeeds } from './environment.ts';
import type { Variable } from './variables.ts';

/** One uploaded archive of a project, unpacked. Times are milliseconds since the epoch. */
export interface Version extends NewVersion {
  id: number;
  projectId: number;
  name: string;
  /** Whether whoever pushed it chose the name. */
  named: boolean;
}

/** A version before it has an id. */
export interface NewVersion {
  project: string;
  /** Unique in the project; null: it gets one from the time of the push. */
  name: string | null;
  /** Name of the unpacked folder inside the projects folder. */
  folder: string;
  /** Folder of `scrapy.cfg` inside it; empty when it is the root. */
  root: string;
  settingsModule: string;
  spiders: readonly string[];
  /** What `scrapy.cfg` says of starting by fork, copying the project, keeping items; null where it is silent. */
  fork: boolean | null;
  copy: boolean | null;
  capture: boolean | null;
  /** What its Python environment is to have; null: the base environment, which may change with a release. */
  environment: EnvironmentNeeds | null;
  pushedAt: number;
}

/** Something that happened in a project. */
export interface Activity {
  /** Milliseconds since the epoch. */
  at: number;
  event: Json;
}

/** A spider by its number, whether a version of its project has it or not. */
export interface SpiderEntry {
  number: number;
  name: string;
  tags: readonly string[];
}

/** A project by itself, pushed or not. */
export interface ProjectEntry {
  id: number;
  name: string;
  /** Name of its current version; null while it has none. */
  version: string | null;
  /** Its pending jobs wait until it is released. */
  held: boolean;
  /** How many jobs wait. */
  pending: number;
}

/**
 * What is remembered of projects. Every call is one transaction, on disk when it returns.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface ProjectStore {
  /** Current version of every project, by name. */
  currentVersions(): Version[];
  currentVersion(project: string): Version | null;
  /** The versions of a project that jobs can be made of, in the order of `version-order.ts`: the current one is the last. */
  versions(project: string): Version[];
  namedVersion(project: string, name: string): Version | null;
  version(id: number): Version | null;
  /**
   * Adds a version. With a name it takes the place of the one of that name, and the greatest of all named ones becomes
   * current, or it itself if that is asked for; without one it becomes current and takes the place of the last one
   * without.
   * @throws UserError `conflict` when a spider that has schedules would be missing.
   */
  addVersion(version: NewVersion, as?: { current: boolean }): Version;
  /**
   * Removes a version and cancels the pending jobs that want it; running ones keep what they started with. The last
   * one goes with its project. The next current one is the last of the rest.
   * @returns the ids of the jobs that it canceled
   * @throws UserError `not-found`, or `conflict` while schedules need it.
   */
  removeVersion(project: string, name: string, now: number): string[];
  /**
   * Removes a project's versions and cancels its pending jobs; running ones keep what they started with.
   * @returns the ids of the jobs that it canceled
   * @throws UserError `not-found`, or `conflict` while it has schedules.
   */
  removeProject(project: string, now: number): string[];
  /**
   * What people set for the runs of a project, then of each of its spiders, sorted by name; also of one that is not
   * pushed yet, or was removed.
   */
  variables(project: string): Variable[];
  /**
   * Sets variables of a project, or of a spider of it; null removes one. The others stay. What is secret stays so, also
   * if it is set again as if it were none.
   */
  setVariables(
    project: string,
    changes: Readonly<Record<string, string | null>>,
    as?: { spider?: string | null; secret?: boolean },
  ): void;
  /** Every project that has ever been, by name. */
  projectEntries(): ProjectEntry[];
  projectById(id: number): ProjectEntry | null;
  /** The spiders that have a number, in the order of it. */
  spiderEntries(project: string): SpiderEntry[];
  /** The number of a spider, which gets one if it has none; null where there is no such project. */
  numberSpider(project: string, spider: string): number | null;
  setSpiderTags(project: string, spider: string, tags: readonly string[]): void;
  /** What clients keep with a project. */
  projectSettings(project: string): Readonly<Record<string, Json>>;
  /** Merges fields into them; one that is undefined goes. */
  setProjectSettings(project: string, fields: Readonly<Record<string, Json | undefined>>): void;
  /** Adds events that clients tell of; of a project the last 10,000 are kept. */
  addActivity(project: string, events: readonly Json[], now: number): void;
  /** What happened in a project, the last first: what clients told, and what became of its jobs. */
  activity(project: string, limit: number): Activity[];
  /**
   * Makes a project before its first push.
   * @param id null: the next one
   * @returns its id
   * @throws UserError `conflict` when name or id is taken, also by one that was removed.
   */
  createProject(name: string, id: number | null): number;
  /** @throws UserError `not-found` */
  setHeld(project: string, held: boolean): void;
  /** Versions that are removed or replaced, and not run by a job. */
  unusedVersions(): Version[];
  forgetVersion(id: number): void;
  /** What the environments of all versions are to have, also of those that are removed and not forgotten. */
  usedEnvironments(): EnvironmentNeeds[];
  /** Names of the unpacked folders of all versions. */
  versionFolders(): Set<string>;
}

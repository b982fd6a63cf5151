/** One uploaded archive of a project, unpacked. Times are milliseconds since the epoch. */
export interface Version extends NewVersion {
  id: number;
  projectId: number;
}

/** A version before it has an id. */
export interface NewVersion {
  project: string;
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
  pushedAt: number;
}

/**
 * What is remembered of projects. Every call is one transaction, on disk when it returns.
 * @throws UserError `storage-full` from every call that writes.
 */
export interface ProjectStore {
  /** Current version of every project, by name. */
  currentVersions(): Version[];
  currentVersion(project: string): Version | null;
  version(id: number): Version | null;
  /**
   * Makes a version the current one of its project.
   * @throws UserError `conflict` when it lacks a spider that has schedules.
   */
  addVersion(version: NewVersion): Version;
  /**
   * Removes a project's versions and cancels its pending jobs; running ones keep what they started with.
   * @returns the ids of the jobs that it canceled
   * @throws UserError `not-found`, or `conflict` while it has schedules.
   */
  removeProject(project: string, now: number): string[];
  /** Versions that are neither current nor run by a job. */
  unusedVersions(): Version[];
  forgetVersion(id: number): void;
  /** Names of the unpacked folders of all versions. */
  versionFolders(): Set<string>;
}

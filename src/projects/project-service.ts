import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { extractArchive, syncFolder, type ArchiveLimits } from './archive.ts';
import type { Environment } from './environment.ts';
import { inspectProject } from './inspect.ts';
import type { ProjectStore, Version } from './project.ts';
import { makeReadOnly, removeReadOnly } from './read-only.ts';

export interface ProjectServiceOptions {
  store: ProjectStore;
  /** Unpacked versions. */
  projectsFolder: string;
  /** For archives on their way in; on the same file system. */
  uploadsFolder: string;
  limits: ArchiveLimits;
  /** @throws UserError `unavailable` when there is no Python to run projects with */
  environment: () => Environment;
  /** The variables that a project may see while it is inspected. */
  env: Record<string, string>;
  clock: Clock;
  log: Log;
}

/** What people do with projects. */
export class ProjectService {
  readonly #options: ProjectServiceOptions;

  constructor(options: ProjectServiceOptions) {
    this.#options = options;
  }

  /**
   * Makes an archive the current version of its project. Until that is on disk, nothing is changed.
   * @param archive path of a zip; it stays where it is
   * @throws UserError `invalid` for a bad archive or project, `conflict` when a spider with schedules is missing
   */
  async push(archive: string): Promise<Version> {
    const { store, projectsFolder, uploadsFolder, limits, env, clock, log } = this.#options;
    const environment = this.#options.environment();
    const folder = randomUUID();
    const unpacked = join(uploadsFolder, folder);
    const final = join(projectsFolder, folder);
    try {
      await extractArchive(archive, unpacked, limits);
      const project = await inspectProject({ python: environment.python, folder: unpacked, env });
      await rename(unpacked, final);
      // Afterwards: a read-only folder cannot be moved.
      await makeReadOnly(final);
      await syncFolder(projectsFolder);
      const version = store.addVersion({
        project: project.name,
        folder,
        root: project.folder,
        settingsModule: project.settingsModule,
        spiders: project.spiders,
        fork: project.fork,
        copy: project.copy,
        capture: project.capture,
        pushedAt: clock.now(),
      });
      log.info({ project: version.project, spiders: version.spiders.length }, 'project pushed');
      await this.removeUnused();
      return version;
    } catch (error) {
      await Promise.all([unpacked, final].map(removeReadOnly));
      throw error;
    }
  }

  /** @throws UserError `not-found` */
  current(project: string): Version {
    const version = this.#options.store.currentVersion(project);
    if (version === null) throw new UserError('not-found', `Unknown project "${project}".`);
    return version;
  }

  /**
   * Removes a project. Its running jobs finish, its pending jobs are canceled.
   * @returns the ids of the jobs that it canceled
   * @throws UserError `not-found`, or `conflict` while it has schedules
   */
  async remove(project: string): Promise<string[]> {
    const { store, clock, log } = this.#options;
    const canceled = store.removeProject(project, clock.now());
    log.info({ project, canceled: canceled.length }, 'project removed');
    await this.removeUnused();
    return canceled;
  }

  /** Removes versions that nothing can run any more. A fault here is nobody's request: it is logged. */
  async removeUnused(): Promise<void> {
    const { store, projectsFolder, log } = this.#options;
    try {
      for (const version of store.unusedVersions()) {
        store.forgetVersion(version.id);
        await removeReadOnly(join(projectsFolder, version.folder));
      }
    } catch (error) {
      log.warn({ error: toError(error).message }, 'an old version could not be removed');
    }
  }

  /** Removes what a killed daemon left half done. To be called before the first push. */
  async removeStrays(): Promise<void> {
    const { store, projectsFolder, uploadsFolder } = this.#options;
    await rm(uploadsFolder, { recursive: true, force: true });
    await mkdir(uploadsFolder, { recursive: true, mode: 0o700 });
    const known = store.versionFolders();
    for (const folder of await readdir(projectsFolder)) {
      if (!known.has(folder)) await removeReadOnly(join(projectsFolder, folder));
    }
    await this.removeUnused();
  }
}

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { extractArchive, storageFault, syncFolder, type ArchiveLimits } from './archive.ts';
import type { BuildLogs } from './build-logs.ts';
import { BASE_REQUIREMENTS } from './environment.ts';
import type { Environments } from './environments.ts';
import { inspectProject } from './inspect.ts';
import { checkProjectName, checkVersionName } from './names.ts';
import type { ProjectStore, Version } from './project.ts';
import { FactsRefusal, readProjectFacts } from './project-facts.ts';
import { makeReadOnly, removeReadOnly } from './read-only.ts';
import { masked, valuesFor } from './variables.ts';

export interface ProjectServiceOptions {
  store: ProjectStore;
  /** Unpacked versions. */
  projectsFolder: string;
  /** For archives on their way in; on the same file system. */
  uploadsFolder: string;
  limits: ArchiveLimits;
  environments: Environments;
  builds: BuildLogs;
  /** The variables that a project may see while it is inspected, beside its own. */
  env: Record<string, string>;
  clock: Clock;
  log: Log;
}

/** What is said of an archive that is pushed by name. */
export interface NamedPush {
  project: string;
  version: string;
  /** Whether it becomes the current version, however it compares with the names of the others. */
  current?: boolean;
  /** Path of a text that takes the place of all requirements in the archive; it stays where it is. */
  requirements?: string;
  /** Gets what the building of its environment prints, if it has to be built, line by line. */
  onBuildLine?: (line: string) => void;
}

/** Where requirements that come beside an archive are put in it. */
const REQUIREMENTS = 'requirements.txt';

/** What people do with projects. */
export class ProjectService {
  readonly #options: ProjectServiceOptions;

  constructor(options: ProjectServiceOptions) {
    this.#options = options;
  }

  /**
   * Makes an archive a version of its project. Until that is on disk, nothing is changed.
   * @param archive path of a zip or, with a name, an egg; it stays where it is
   * @param as what project and version are called; missing: the project as `scrapy.cfg` says, and the version becomes
   * the current one
   * @param check called with the project's name as soon as it is known, before any of its code runs and before that
   * sees variables, and again with what the code says; throws where it may not be pushed
   * @throws UserError `invalid` for a bad name, archive, project or requirement, `conflict` when a spider with schedules
   * is missing, `unavailable` when there is no Python, or no answer from the package index
   */
  async push(
    archive: string,
    as?: NamedPush,
    check: (project: string) => void = () => undefined,
  ): Promise<Version> {
    const { store, projectsFolder, uploadsFolder, limits, environments, env, clock, log } = this.#options;
    if (as !== undefined) {
      checkProjectName(as.project);
      checkVersionName(as.version);
    }
    const base = await environments.base();
    const folder = randomUUID();
    const unpacked = join(uploadsFolder, folder);
    const final = join(projectsFolder, folder);
    try {
      await extractArchive(archive, unpacked, limits);
      const archived = { folder: unpacked, ...(as === undefined ? {} : { name: as.project }) };
      const brought = as?.requirements;
      if (brought !== undefined) await putRequirements(brought, unpacked);
      // Its environment and variables are needed before its code runs.
      const facts = await readProjectFacts({
        ...archived,
        ...(brought === undefined ? {} : { requirements: REQUIREMENTS }),
        python: base.python,
        base: BASE_REQUIREMENTS,
        env,
      }).catch((error: unknown) => {
        if (!(error instanceof FactsRefusal) || error.project === null) throw error;
        check(error.project);
        throw new UserError('invalid', masked(error.message, store.variables(error.project)));
      });
      if (facts.name !== null) check(facts.name);
      const variables = facts.name === null ? [] : store.variables(facts.name);
      const { python } =
        facts.name === null
          ? base
          : await environments.ensure(facts.environment, facts.name, variables, as?.onBuildLine);
      const project = await inspectProject({
        ...archived,
        python,
        env: { ...env, ...valuesFor(variables, null) },
        variables,
      });
      check(project.name);
      await addConfig(join(unpacked, project.folder), project.settingsModule);
      await rename(unpacked, final);
      // Afterwards: a read-only folder cannot be moved.
      await makeReadOnly(final);
      await syncFolder(projectsFolder);
      const added = {
        project: project.name,
        name: as?.version ?? null,
        folder,
        root: project.folder,
        settingsModule: project.settingsModule,
        spiders: project.spiders,
        fork: project.fork,
        copy: project.copy,
        capture: project.capture,
        environment: facts.environment,
        pushedAt: clock.now(),
      };
      const version = store.addVersion(added, { current: as === undefined || as.current === true });
      const { name, spiders } = version;
      log.info({ project: version.project, version: name, spiders: spiders.length }, 'project pushed');
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
    await this.#afterRemoval(project);
    return canceled;
  }

  /**
   * Removes a version, with its project if it is the last. Running jobs finish, pending ones that want it are canceled.
   * @returns the ids of the jobs that it canceled
   * @throws UserError `not-found`, or `conflict` while schedules need it
   */
  async removeVersion(project: string, name: string): Promise<string[]> {
    const { store, clock, log } = this.#options;
    const canceled = store.removeVersion(project, name, clock.now());
    log.info({ project, version: name, canceled: canceled.length }, 'version removed');
    await this.#afterRemoval(project);
    return canceled;
  }

  async #afterRemoval(project: string): Promise<void> {
    const { store, builds } = this.#options;
    if (store.currentVersion(project) === null) builds.remove(project);
    await this.removeUnused();
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

/** Whatever the archive has in its place goes. */
async function putRequirements(from: string, folder: string): Promise<void> {
  const path = join(folder, REQUIREMENTS);
  await rm(path, { recursive: true, force: true });
  await writeFile(path, createReadStream(from), { flag: 'wx', mode: 0o644, flush: true }).catch(storageFault);
}

/** An egg has no `scrapy.cfg`; with one, Scrapy finds it as it finds any project. */
async function addConfig(folder: string, settingsModule: string): Promise<void> {
  const config = `[settings]\ndefault = ${settingsModule}\n`;
  await writeFile(join(folder, 'scrapy.cfg'), config, { flag: 'wx', flush: true }).catch((error: unknown) => {
    if (toError(error).code !== 'EEXIST') storageFault(error);
  });
}

import { existsSync, realpathSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { toError, UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import { runBounded } from './bounded-process.ts';
import type { BuildLogs } from './build-logs.ts';
import { cleanEnvironment } from './environment-variables.ts';
import {
  ensureEnvironment,
  environmentsLike,
  MARKER,
  type Environment,
  type EnvironmentNeeds,
  type PackageSource,
} from './environment.ts';
import { masked, type Variable } from './variables.ts';

const TIDY_SCRIPT = join(import.meta.dirname, 'python', 'tidy_environments.py');
const TIDY_TIMEOUT_MS = 10 * 60_000;
const UNUSED_SECONDS = 7 * 24 * 60 * 60;

export interface EnvironmentsOptions {
  /** May be shared by several daemons. */
  folder: string;
  /** Command or path of the Python that makes environments; null: find one. */
  python: string | null;
  source: PackageSource;
  builds: BuildLogs;
  log: Log;
}

/** The Python environments that projects run in. Null needs are the base environment. */
export class Environments {
  readonly #options: EnvironmentsOptions;
  /** Those that were found or made, with what their `bin/python` led to. */
  readonly #known = new Map<string, { environment: Environment; target: string }>();
  #noBase: UserError | null = null;

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
  }

  /** Makes the base environment; without a Python the reason is told, and thrown by whatever needs one. */
  async prepareBase(report: (line: string) => void): Promise<void> {
    try {
      await this.#ensure(null, (line) => {
        // Without pip's long chains of what asked for what.
        report(line.split(' (from ')[0]?.slice(0, 200) ?? '');
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(`Spiders cannot run yet: ${error.message}`);
      // Whatever it is, it is nobody's request that is at fault.
      this.#noBase = new UserError('unavailable', error.message, { cause: error });
    }
  }

  /**
   * The environment if it is there, without a pause: it may have been removed, or its Python upgraded.
   * @throws UserError `unavailable` when there was no base environment at the start
   */
  ready(needs: EnvironmentNeeds | null): Environment | null {
    if (this.#noBase !== null) throw this.#noBase;
    const known = this.#known.get(keyOf(this.#unlessBase(needs)));
    return known !== undefined && isWhole(known) ? known.environment : null;
  }

  /** The base environment; made again if it was removed. */
  async base(): Promise<Environment> {
    return this.ready(null) ?? (await this.#ensure(null, () => undefined));
  }

  /**
   * Finds the environment, or makes it; what that prints goes to the build log of the project.
   * @param variables all of the project: what is secret of them is told nowhere, also if its requirements have it
   * @param onLine gets the same lines as the log
   * @throws UserError as {@link ensureEnvironment} does; its message says where the log is
   */
  async ensure(
    needs: EnvironmentNeeds | null,
    project: string,
    variables: readonly Variable[] = [],
    onLine: (line: string) => void = () => undefined,
  ): Promise<Environment> {
    const ready = this.ready(needs);
    if (ready !== null) {
      await touch(ready);
      return ready;
    }
    const log = this.#options.builds.begin(project);
    const write = (line: string) => {
      log.write(line);
      onLine(line);
    };
    try {
      const environment = await this.#ensure(this.#unlessBase(needs), (line) => {
        write(masked(line, variables));
      });
      if (log.isBegun) write(`The Python environment is ready: ${environment.folder}`);
      return environment;
    } catch (error) {
      if (!(error instanceof UserError) || !log.isBegun) throw error;
      const message = masked(error.message, variables);
      write(message);
      const where = `/builds/${encodeURIComponent(project)}.log`;
      throw new UserError(error.kind, `${message}\nAll that was printed is at "${where}".`, {
        cause: error,
      });
    } finally {
      await log.end();
    }
  }

  /**
   * Removes environments that nobody has used for a week, other than these, and what killed builders left. Others that
   * share the folder say by touching them which they use.
   */
  async tidy(used: readonly (EnvironmentNeeds | null)[]): Promise<void> {
    const { folder, log } = this.#options;
    if (this.#noBase !== null) return;
    const base = this.ready(null);
    if (base === null) return;
    for (const needs of used) {
      // Who asked for its Python in other words may have made it.
      for (const environment of await environmentsLike(this.#which(needs))) await touch(environment);
    }
    const end = await runBounded({
      command: base.python,
      args: ['-I', TIDY_SCRIPT, folder, String(UNUSED_SECONDS)],
      env: cleanEnvironment(process.env, []),
      timeoutMs: TIDY_TIMEOUT_MS,
      keepBytes: 16 * 1024,
      onLine: (name) => {
        log.info({ environment: name }, 'unused Python environment removed');
      },
    });
    if (end.code !== 0)
      log.warn({ error: end.stderr.trim() }, 'unused Python environments cannot be removed');
  }

  /** A project that asks for no more than the Python of the base has that, which is null. */
  #unlessBase(needs: EnvironmentNeeds | null): EnvironmentNeeds | null {
    if (needs?.requirements !== null) return needs;
    const base = this.#known.get(keyOf(null))?.environment;
    const isBase = needs.python === null || base?.pythonVersion.startsWith(`${needs.python}.`);
    return isBase === true ? null : needs;
  }

  async #ensure(needs: EnvironmentNeeds | null, onProgress: (line: string) => void): Promise<Environment> {
    const { source } = this.#options;
    const environment = await ensureEnvironment({ ...this.#which(needs), source, onProgress });
    await touch(environment);
    this.#known.set(keyOf(needs), { environment, target: realpathSync(environment.python) });
    return environment;
  }

  #which(needs: EnvironmentNeeds | null) {
    const { folder: environmentsFolder, python } = this.#options;
    return {
      environmentsFolder,
      ...(python === null ? {} : { python }),
      ...(needs === null ? {} : { needs }),
    };
  }
}

function keyOf(needs: EnvironmentNeeds | null): string {
  return JSON.stringify(needs === null ? null : [needs.python, needs.requirements, needs.constraints]);
}

function isWhole({ environment, target }: { environment: Environment; target: string }): boolean {
  try {
    return existsSync(join(environment.folder, MARKER)) && realpathSync(environment.python) === target;
  } catch {
    return false;
  }
}

/** Says that it is used. Where it is another user's, that one's daemons do. */
async function touch({ folder }: Environment): Promise<void> {
  const now = new Date();
  await utimes(join(folder, MARKER), now, now).catch((error: unknown) => {
    const { code } = toError(error);
    if (code !== 'EPERM' && code !== 'EACCES' && code !== 'ENOENT' && code !== 'EROFS') throw error;
  });
}

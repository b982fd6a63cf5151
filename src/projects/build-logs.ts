import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createWriteStream, openSync, rmSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { toError } from '../errors.ts';
import type { Log } from '../log.ts';

/** What the building of one environment prints. */
export interface BuildLog {
  /** The first line begins the file anew, unless another build of the project writes it. */
  write(line: string): void;
  /** Whether anything was written. */
  readonly isBegun: boolean;
  /** Resolves when all that was written can be read. */
  end(): Promise<void>;
}

/** A file for each project, with the output of its last build, which can be read while it grows. */
export class BuildLogs {
  readonly #folder: string;
  readonly #log: Log;
  /** How many builds of a project write. */
  readonly #building = new Map<string, number>();
  readonly #over = new EventEmitter().setMaxListeners(0);

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  path(project: string): string {
    return join(this.#folder, `${fileName(project)}.log`);
  }

  isBuilding(project: string): boolean {
    return this.#building.has(project);
  }

  /** Calls back when no build of the project writes any more; gives a function that unsubscribes. */
  onOver(project: string, callback: () => void): () => void {
    // A project may be called "error", which is special to emitters.
    const event = `over ${project}`;
    this.#over.on(event, callback);
    return () => this.#over.off(event, callback);
  }

  begin(project: string): BuildLog {
    let stream: WriteStream | null = null;
    let isBegun = false;
    return {
      get isBegun() {
        return isBegun;
      },
      write: (line) => {
        if (!isBegun) {
          isBegun = true;
          stream = this.#open(project);
          this.#building.set(project, (this.#building.get(project) ?? 0) + 1);
        }
        stream?.write(`${line}\n`);
      },
      end: async () => {
        if (!isBegun) return;
        if (stream !== null && !stream.destroyed) {
          stream.end();
          await once(stream, 'close').catch(() => undefined);
        }
        this.#finish(project);
      },
    };
  }

  remove(project: string): void {
    try {
      rmSync(this.path(project), { force: true });
    } catch (error) {
      this.#log.warn({ project, error: toError(error).message }, 'the log of a build cannot be removed');
    }
  }

  /** A build goes on without its log, for instance on a full disk. */
  #open(project: string): WriteStream | null {
    const path = this.path(project);
    const warn = (error: unknown) => {
      this.#log.warn({ project, error: toError(error).message }, 'the log of a build cannot be written');
    };
    try {
      // Whoever still reads the one before has that to himself. Builds at the same time share one: some only wait.
      if (!this.#building.has(project)) rmSync(path, { force: true });
      return createWriteStream(path, { fd: openSync(path, 'a', 0o600) }).on('error', warn);
    } catch (error) {
      warn(error);
      return null;
    }
  }

  #finish(project: string): void {
    const others = (this.#building.get(project) ?? 1) - 1;
    if (others > 0) this.#building.set(project, others);
    else {
      this.#building.delete(project);
      this.#over.emit(`over ${project}`);
    }
  }
}

/** As the project is called, where a file and an address can be; else what of it can, and a hash. */
function fileName(project: string): string {
  if (/^[a-z0-9_][\w.-]*$/i.test(project)) return project;
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 16);
  return `${project.replaceAll(/[^\w.-]/g, '_').slice(0, 50)}~${hash}`;
}

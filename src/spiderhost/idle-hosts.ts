import { basename } from 'node:path';
import pidusage from 'pidusage';
import { toError } from '../errors.ts';
import type { Log } from '../log.ts';
import { hostsToEnd } from './hosts-to-end.ts';
import type { SpiderHost } from './spider-host.ts';

/** About what a host takes that has just imported Scrapy; counted for one that is about to start. */
const BYTES_OF_NEW_HOST = 80 * 1024 ** 2;

export interface IdleHostsOptions {
  /** All hosts, idle or not. */
  hosts: () => Iterable<SpiderHost>;
  /** After so long without a run a host ends. */
  idleMs: number;
  /** Most resident bytes of all hosts together, without their spiders; Infinity is no limit. */
  memoryLimit: number;
  log: Log;
}

/** Ends hosts that have nothing to do: each after a while, and sooner where all together take too much memory. */
export class IdleHosts {
  readonly #options: IdleHostsOptions;
  /** Each with what ends it after a while; the one that has been idle the longest is the first. */
  readonly #timers = new Map<SpiderHost, NodeJS.Timeout>();

  constructor(options: IdleHostsOptions) {
    this.#options = options;
  }

  /** From now on it has nothing to do. */
  add(host: SpiderHost): void {
    this.remove(host);
    const timer = setTimeout(() => {
      this.#end(host);
    }, this.#options.idleMs);
    this.#timers.set(host, timer.unref());
    void this.keepLimit();
  }

  /** It is needed, or gone. */
  remove(host: SpiderHost): void {
    clearTimeout(this.#timers.get(host));
    this.#timers.delete(host);
  }

  /**
   * Ends idle hosts, the least recently used first, until what all of them take keeps the limit, those included that
   * are about to start. Resolves when they have ended; never rejects.
   */
  async keepLimit(): Promise<void> {
    const { hosts, memoryLimit, log } = this.#options;
    if (memoryLimit === Infinity) return;
    try {
      const measured = await measure([...hosts()]);
      for (const host of hostsToEnd(this.#bytes(measured), this.#timers.keys(), memoryLimit)) {
        log.info(
          { host: basename(host.folder), limit: memoryLimit },
          'an idle spider host ends, to save memory',
        );
        this.#end(host);
      }
      await Promise.all([...hosts()].flatMap(({ ending }) => ending ?? []));
    } catch (error) {
      log.warn({ error: toError(error).message }, 'the memory of the spider hosts cannot be measured');
    }
  }

  /** What counts now: what ends already does not. */
  #bytes(measured: ReadonlyMap<SpiderHost, number>): Map<SpiderHost, number> {
    const bytes = new Map<SpiderHost, number>();
    for (const host of this.#options.hosts()) {
      if (host.ending !== undefined) continue;
      const isNew = host.process === undefined && host.starting;
      bytes.set(host, isNew ? BYTES_OF_NEW_HOST : (measured.get(host) ?? 0));
    }
    return bytes;
  }

  #end(host: SpiderHost): void {
    this.remove(host);
    void host.end();
  }

  /** Lets all of them be. */
  close(): void {
    for (const host of this.#timers.keys()) this.remove(host);
  }
}

/** Resident bytes of the hosts that run. */
async function measure(hosts: readonly SpiderHost[]): Promise<Map<SpiderHost, number>> {
  const running = hosts.flatMap((host) =>
    host.process === undefined ? [] : [{ host, pid: host.process.pid }],
  );
  if (running.length === 0) return new Map();
  // Beside this process, which is there: with nothing but pids that are gone it throws.
  const usage: Partial<Record<string, pidusage.Status | null>> = await pidusage([
    process.pid,
    ...running.map(({ pid }) => pid),
  ]);
  return new Map(running.map(({ host, pid }) => [host, usage[pid]?.memory ?? 0]));
}

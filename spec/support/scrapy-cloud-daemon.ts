import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../src/cli/keys.ts';
import { createProject, holdProject } from '../../src/cli/projects.ts';
import { TestDaemon, type TestDaemonOptions } from './daemon.ts';

/** Opens everything. */
export const KEY = 'f'.repeat(32);

/** Opens the projects with `limitedKey` alone. */
export const LIMITED_KEY = 'e'.repeat(32);

const LOOK_EVERY_MS = 30;

/** Projects by their id; a held one lets its jobs wait for workers outside. */
export type Projects = Record<number, { name: string; held?: boolean; limitedKey?: boolean }>;

/** A daemon as somebody would set it up to be used in the place of Scrapy Cloud: projects with chosen ids, and keys. */
export class ScrapyCloudDaemon implements AsyncDisposable {
  readonly daemon: TestDaemon;
  /** For the clients: where the daemon is. */
  readonly env: Record<string, string>;

  private constructor(daemon: TestDaemon) {
    this.daemon = daemon;
    this.env = { SHUB_APIURL: `${daemon.url}/api/`, SHUB_STORAGE: `${daemon.url}/` };
  }

  static async start(projects: Projects, options: TestDaemonOptions = {}): Promise<ScrapyCloudDaemon> {
    const data = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    const limited: string[] = [];
    for (const [id, { name, held = false, limitedKey = false }] of Object.entries(projects)) {
      createProject(data, name, id);
      if (held) holdProject(data, name, true);
      if (limitedKey) limited.push(name);
    }
    await createKey(data, { name: 'full', value: KEY, readOnly: false, projects: [] }, Date.now());
    if (limited.length > 0) {
      const key = { name: 'limited', value: LIMITED_KEY, readOnly: false, projects: limited };
      await createKey(data, key, Date.now());
    }
    return new ScrapyCloudDaemon(await TestDaemon.start({ data, ...options }));
  }

  get url(): string {
    return this.daemon.url;
  }

  /** An answer of any status, asked with the key that opens everything. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`);
    return fetch(this.url + path, { ...init, headers });
  }

  /** The documents of an answer in JSON lines. */
  async lines(path: string, init: RequestInit = {}): Promise<Record<string, unknown>[]> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The one document of an answer. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what the specs are about
  async json(path: string, init: RequestInit = {}): Promise<any> {
    return (await this.lines(path, init))[0];
  }

  /** Posts objects as JSON lines, as the clients do: without a content type. */
  postLines(path: string, ...rows: unknown[]): Promise<Record<string, unknown>[]> {
    const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
    return this.lines(path, { method: 'POST', body });
  }

  /** Waits until the job with this key is over; gives its metadata. */
  finished(key: string): Promise<Record<string, unknown>> {
    return this.until(
      () => this.json(`/jobs/${key}`) as Promise<Record<string, unknown>>,
      ({ state }) => state === 'finished',
    );
  }

  /** Asks until the answer is as wanted; the API has nothing that tells of a change. */
  async until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (isWanted(answer)) return answer;
      await sleep(LOOK_EVERY_MS);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.daemon[Symbol.asyncDispose]();
  }
}

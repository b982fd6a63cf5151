import { join } from 'node:path';
import { ensureEnvironment, type Environment } from '../../src/projects/environment.ts';

/** Where all specs share Python environments: the first one takes half a minute and the network. */
export const ENVIRONMENTS_FOLDER = join(import.meta.dirname, '../../.cache/environments');

/** The base environment, with Scrapy; made on first use, by whichever spec is first. */
export function sharedEnvironment(): Promise<Environment> {
  return ensureEnvironment({ environmentsFolder: ENVIRONMENTS_FOLDER, onProgress: () => undefined });
}

/** For `this.timeout()` of a hook that calls {@link sharedEnvironment}. */
export const ENVIRONMENT_TIMEOUT_MS = 5 * 60_000;

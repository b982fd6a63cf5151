import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the host's Python sources lie. */
export const PYTHON_FOLDER = join(import.meta.dirname, 'python');

/** Names the folder of the host of an environment; another after an upgrade, so that a new host is started. */
export function hostFolderName(environment: string): string {
  return `${shortHash([environment])}-${sourcesHash()}`;
}

/** Whether the folder belongs to a host of this version, whatever its environment. */
export function isOfThisVersion(name: string): boolean {
  return name.endsWith(`-${sourcesHash()}`);
}

let sources: string | undefined;

function sourcesHash(): string {
  sources ??= shortHash(
    readdirSync(PYTHON_FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.py'))
      .sort()
      .map((name) => readFileSync(join(PYTHON_FOLDER, name))),
  );
  return sources;
}

function shortHash(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 12);
}

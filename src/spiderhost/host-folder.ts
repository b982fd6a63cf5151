import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the host's Python sources lie. */
export const PYTHON_FOLDER = join(import.meta.dirname, 'python');

/** Variables as a process has them. */
type Variables = Readonly<Record<string, string>>;

/**
 * Names the folder of the host of an environment. Another after an upgrade, and where the variables that spiders get
 * are others than those that a host was started with: a new host is started then.
 */
export function hostFolderName(environment: string, variables: Variables): string {
  return `${shortHash([environment])}${suffix(variables)}`;
}

/** Whether the folder belongs to a host of this version with these variables, whatever its environment. */
export function isCurrent(name: string, variables: Variables): boolean {
  return name.endsWith(suffix(variables));
}

function suffix(variables: Variables): string {
  return `-${shortHash([JSON.stringify(Object.entries(variables).sort())])}-${sourcesHash()}`;
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

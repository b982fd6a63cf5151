import { compare, valid } from '@renovatebot/pep440';
import type { Version } from './project.ts';

/**
 * The named versions of a project, the greatest last: by PEP 440 if all names are such, else alphabetically (by code
 * points, as Python sorts). Of equal ones (`1.0` and `1.0.0`) the last pushed is the greater.
 */
export function orderNamed<T extends Pick<Version, 'name' | 'pushedAt'>>(versions: readonly T[]): T[] {
  // Python's reader allows white space around a version, this one does not.
  const isStandard = versions.every(({ name }) => valid(name.trim()) !== null);
  const byName = (a: string, b: string) => (isStandard ? compare(a.trim(), b.trim()) : compareText(a, b));
  return [...versions].sort((a, b) => byName(a.name, b.name) || a.pushedAt - b.pushedAt);
}

/** All versions of a project, the current one last; one whose name nobody chose goes before the rest unless it is current. */
export function orderVersions<T extends Pick<Version, 'id' | 'name' | 'named' | 'pushedAt'>>(
  versions: readonly T[],
  currentId: number,
): T[] {
  const all = [
    ...versions.filter(({ named }) => !named),
    ...orderNamed(versions.filter(({ named }) => named)),
  ];
  return [...all.filter(({ id }) => id !== currentId), ...all.filter(({ id }) => id === currentId)];
}

function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

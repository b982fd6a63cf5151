import type { StoreView } from '../../../../access/store-view.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';

/** A spider that a project has. */
export interface Spider {
  name: string;
  /** Null for one that has no number yet. */
  number: number | null;
  tags: readonly string[];
}

/**
 * The spiders of a version, or those that jobs can be made of: of the current version, and of a held project, whose
 * workers are elsewhere, also those of which there is only a number.
 * @param version its name; null for none in particular
 * @returns null where there is no such version
 */
export function spidersOf(
  store: StoreView,
  { name, held }: ProjectEntry,
  version: string | null,
): Spider[] | null {
  const wanted = version === null ? store.currentVersion(name) : store.namedVersion(name, version);
  if (wanted === null && version !== null && !held) return null;
  const entries = new Map(store.spiderEntries(name).map((entry) => [entry.name, entry]));
  const names = new Set([...(wanted?.spiders ?? []), ...(held ? entries.keys() : [])]);
  return [...names].map((each) => {
    const { number = null, tags = [] } = entries.get(each) ?? {};
    return { name: each, number, tags };
  });
}

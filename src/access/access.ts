import type { Key } from './key.ts';

/** Who asks, and what the answer may be about. */
export interface Access {
  who: Who;
  /** Changes nothing, and starts nothing. */
  readOnly: boolean;
  /** Names of the only projects that there are for it; null: all are. */
  projects: readonly string[] | null;
}

/** A key by its name, a user of the settings, or anybody while the door is open. */
export interface Who {
  kind: 'key' | 'user' | 'anybody';
  name: string;
}

/** Whoever asks while there is neither key nor user. */
export const ANYBODY: Access = { who: { kind: 'anybody', name: '' }, readOnly: false, projects: null };

/** Users may do everything. */
export function accessOfUser(name: string): Access {
  return { who: { kind: 'user', name }, readOnly: false, projects: null };
}

export function accessOfKey({ name, readOnly, projects }: Key): Access {
  return { who: { kind: 'key', name }, readOnly, projects };
}

/** Whether a project exists for whoever asks. */
export function sees({ projects }: Access, project: string): boolean {
  return projects === null || projects.includes(project);
}

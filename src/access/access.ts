import type { Job } from '../jobs/job.ts';
import type { Key } from './key.ts';

/** Who asks, and what the answer may be about. */
export interface Access {
  who: Who;
  /** Changes nothing, and starts nothing. */
  readOnly: boolean;
  /** Names of the only projects that there are for it; null: all are. */
  projects: readonly string[] | null;
  /** The id of a job whose records and metadata it may write although it changes nothing else. */
  job?: string;
}

/** A key by its name, a user of the settings, a job by its key, or anybody while the door is open. */
export interface Who {
  kind: 'key' | 'user' | 'job' | 'anybody';
  name: string;
}

/** Whoever asks while there is neither key nor user. */
export const ANYBODY: Access = { who: { kind: 'anybody', name: '' }, readOnly: false, projects: null };

/** Whoever asks for what is open to all: there is nothing for him. */
export const NOBODY: Access = { who: { kind: 'anybody', name: '' }, readOnly: true, projects: [] };

/** Users may do everything. */
export function accessOfUser(name: string): Access {
  return { who: { kind: 'user', name }, readOnly: false, projects: null };
}

export function accessOfKey({ name, readOnly, projects }: Key): Access {
  return { who: { kind: 'key', name }, readOnly, projects };
}

/** A job's own code reads its project. */
export function accessOfJob({ id, key, project }: Job): Access {
  return { who: { kind: 'job', name: key }, readOnly: true, projects: [project], job: id };
}

/** Whether a project exists for whoever asks. */
export function sees({ projects }: Access, project: string): boolean {
  return projects === null || projects.includes(project);
}

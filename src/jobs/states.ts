import type { JobState } from './job.ts';

/**
 * From each state, the states that may follow.
 *
 * RUNNING goes back to PENDING only when there is proof that nothing was started (no start record).
 */
const TRANSITIONS: Record<JobState, readonly JobState[]> = {
  PENDING: ['RUNNING', 'CANCELED'],
  RUNNING: ['SUCCESSFUL', 'FAILED', 'CANCELED', 'PENDING'],
  SUCCESSFUL: ['DELETED'],
  FAILED: ['DELETED'],
  CANCELED: ['DELETED'],
  DELETED: [],
};

/** The states that wait or work. */
export const ACTIVE_STATES = ['PENDING', 'RUNNING'] as const satisfies readonly JobState[];

/** The states of what is over, and may be looked at. */
export const FINAL_STATES = ['SUCCESSFUL', 'FAILED', 'CANCELED'] as const satisfies readonly JobState[];

/** Whether a job in this state is over for good. */
export function isFinal(state: JobState): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}

/** @throws Error when the states do not follow each other: a bug, never a request's fault. */
export function assertTransition(id: string, from: JobState, to: JobState): void {
  if (!TRANSITIONS[from].includes(to)) throw new Error(`Job "${id}" cannot go from ${from} to ${to}.`);
}

import type { Job, JobState } from './job.ts';
import { FINAL_STATES } from './states.ts';

/** The states of Scrapy Cloud; a job is finished whatever came of it. */
export const STAGES = ['pending', 'running', 'finished', 'deleted'] as const;
export type Stage = (typeof STAGES)[number];

const STATES: Record<Stage, readonly JobState[]> = {
  pending: ['PENDING'],
  running: ['RUNNING'],
  finished: FINAL_STATES,
  deleted: ['DELETED'],
};

/** The states that a stage stands for. */
export function statesOf(stage: Stage): readonly JobState[] {
  return STATES[stage];
}

/** The stage of a job in this state. */
export function stageOf(state: JobState): Stage {
  if (state === 'PENDING') return 'pending';
  if (state === 'RUNNING') return 'running';
  return state === 'DELETED' ? 'deleted' : 'finished';
}

/** Whether a job has a process of this daemon's: one that a worker outside claimed has none. */
export function runsHere({ state, external }: Pick<Job, 'state' | 'external'>): boolean {
  return state === 'RUNNING' && !external;
}

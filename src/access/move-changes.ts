import { UserError } from '../errors.ts';
import type { JobMoves, Move, Push } from '../jobs/job-moves.ts';
import type { Job } from '../jobs/job.ts';
import type { JobFields } from '../jobs/job-store.ts';
import type { Stage } from '../jobs/stages.ts';
import type { MakeChange } from './changes.ts';

/** How jobs may be moved on: see {@link JobMoves}. */
export interface MoveChanges {
  push: (push: Omit<Push, 'by'>) => Job;
  claim: (project: string, fields: JobFields) => Job | null;
  move: (id: string, to: Stage, fields: JobFields) => Stage | null;
  /** Those of one project. */
  moveAll: (project: string, moves: readonly Move[]) => (Stage | null)[];
  cancel: (id: string) => boolean;
  erase: (id: string) => void;
}

interface Options {
  moves: JobMoves;
  change: MakeChange;
  /** @throws UserError `not-found` for a project that is not for whoever asks */
  requireProject: (project: string) => void;
  /**
   * A job, also one that is deleted.
   * @throws UserError `not-found` for one that is not for whoever asks
   */
  anyJob: (id: string) => Job;
  /** What the record calls a job. */
  nameOf: (id: string) => string;
  /** Name of whoever asks. */
  by: string;
}

/** The moves of jobs for whoever asks. */
export function moveChanges({ moves, change, requireProject, anyJob, nameOf, by }: Options): MoveChanges {
  return {
    push: (push) =>
      change('schedule', `${push.request.project}/${push.request.spider}`, () => {
        requireProject(push.request.project);
        return moves.push({ ...push, by });
      }),
    claim: (project, fields) =>
      change('claim', project, () => {
        requireProject(project);
        return moves.claim(project, fields, by);
      }),
    move: (id, to, fields) =>
      change('move', `${nameOf(id)} ${to}`, () => moves.move(anyJob(id), to, fields, by)),
    moveAll: (project, all) => {
      const each = all.map(({ id, to }) => `${id} ${to ?? ''}`.trim()).join(', ');
      return change('move', `${project} ${each}`, () => {
        for (const { id } of all) if (anyJob(id).project !== project) throw unknownJob(id);
        return moves.moveAll(all, by);
      });
    },
    cancel: (id) => change('cancel', nameOf(id), () => moves.cancel(anyJob(id), by)),
    erase: (id) => {
      change('remove', nameOf(id), () => {
        moves.erase(anyJob(id), by);
      });
    },
  };
}

/** Refuses a job that does not exist, or not for whoever asks. */
export function unknownJob(id: string): UserError {
  return new UserError('not-found', `Unknown job "${id}".`);
}

import type { CoreView } from '../../../access/core-view.ts';
import { UserError } from '../../../errors.ts';
import type { ProjectEntry } from '../../../projects/project.ts';

/** @throws UserError `invalid` for what is no id, `not-found` for a project that is not there, or not for whoever asks */
export function projectOf({ store }: Pick<CoreView, 'store'>, id: string): ProjectEntry {
  if (!/^\d{1,10}$/.test(id))
    throw new UserError('invalid', `The project "${id}" is no number: give its id.`);
  const project = store.projectById(Number(id));
  if (project !== null) return project;
  throw new UserError(
    'not-found',
    `There is no project ${id}: make one by "orbweaver project create NAME --id ${id}".`,
  );
}

import { UserError } from '../../../errors.ts';
import { STAGES, type Stage } from '../../../jobs/stages.ts';
import { shown } from '../../shown.ts';

/** @throws UserError `invalid` for what is no state of a job */
export function readStage(text: string): Stage {
  const stage = STAGES.find((known) => known === text);
  if (stage !== undefined) return stage;
  throw new UserError('invalid', `There is no state "${shown(text)}": use ${STAGES.join(', ')}.`);
}

import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import { shown } from '../../../shown.ts';

const KEY = /^(\d+)\/(\d+)(?:\/(\d+))?$/;

/**
 * A job of a project by its key; null when there is none.
 * @throws UserError `invalid` for what is no key, or one of another project
 */
export function jobOfKey(core: CoreView, { id }: ProjectEntry, key: string): Job | null {
  const [, project, , number] = KEY.exec(key) ?? [];
  if (number === undefined) throw noKey(key, 'PROJECT/SPIDER/JOB');
  if (Number(project) !== id) throw ofAnother(key, id);
  return core.store.jobByKey(key);
}

/**
 * The number of the spider whose jobs a key means; null for the key of a single job.
 * @throws UserError `invalid`
 */
export function spiderOfKey({ id }: ProjectEntry, key: string): number | null {
  const [, project, spider, number] = KEY.exec(key) ?? [];
  if (project === undefined) throw noKey(key, 'PROJECT/SPIDER/JOB or PROJECT/SPIDER');
  if (Number(project) !== id) throw ofAnother(key, id);
  return number === undefined ? Number(spider) : null;
}

/**
 * What the spider of a number is called; null when there is none.
 * @throws UserError `invalid` for what is no number
 */
export function spiderOfNumber(core: CoreView, { name }: ProjectEntry, number: string): string | null {
  if (!/^\d{1,10}$/.test(number))
    throw new UserError('invalid', `The spider "${number}" is no number: give its id.`);
  const spider = core.store.spiderEntries(name).find((entry) => entry.number === Number(number));
  return spider?.name ?? null;
}

function noKey(key: string, form: string): UserError {
  return new UserError('invalid', `"${shown(key)}" is no key: give ${form}, in numbers.`);
}

function ofAnother(key: string, id: number): UserError {
  return new UserError('invalid', `The key "${shown(key)}" is not one of project ${id}.`);
}

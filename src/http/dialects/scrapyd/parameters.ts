import { UserError } from '../../../errors.ts';
import type { Params } from '../../params.ts';

/** Of a parameter that is given several times the first value counts, and the body's before the query's. */
export function optional(params: Params, name: string): string | null {
  return params.allOfOnePlace(name)[0] ?? null;
}

/** @throws UserError `invalid` when it is missing */
export function required(params: Params, name: string): string {
  const value = optional(params, name);
  if (value === null) throw new UserError('invalid', `'${name}' parameter is required`);
  return value;
}

/** A project's name where scrapyd takes it for a folder. */
export function requiredFolder(params: Params, name: string): string {
  const value = required(params, name);
  // A path that stays inside, such as "a/..", is none that anybody sends.
  if (/\/|^\.\.$/.test(value)) throw new UserError('invalid', `DirectoryTraversalError: ${value}`);
  return value;
}

/** scrapyd's word for what does not exist. */
export function notFound(what: 'project' | 'version' | 'spider', name: string): UserError {
  return new UserError('not-found', `${what} '${name}' not found`);
}

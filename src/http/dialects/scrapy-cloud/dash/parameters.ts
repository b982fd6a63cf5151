import { UserError } from '../../../../errors.ts';
import { parseJson, type Json } from '../../../../json-text.ts';
import type { Params } from '../../../params.ts';
import { shown } from '../../../shown.ts';

/** More than there can be of anything. */
const LARGEST = 1e12;

/** Of a parameter that is given several times the first value counts, and the body's before the query's. */
export function optional(params: Params, name: string): string | null {
  return params.allOfOnePlace(name)[0] ?? null;
}

/** @throws UserError `invalid` when it is missing or empty */
export function required(params: Params, name: string): string {
  const value = optional(params, name);
  if (value !== null && value !== '') return value;
  throw new UserError('invalid', `Missing parameter "${name}".`);
}

/**
 * A whole number; null when it is missing or empty. Clients ask for more than there can ever be when they want all.
 * @throws UserError `invalid` for anything else
 */
export function optionalNumber(params: Params, name: string): number | null {
  const text = optional(params, name);
  if (text === null || text === '') return null;
  if (/^\d+$/.test(text)) return Math.min(Number(text), LARGEST);
  throw new UserError('invalid', `Parameter "${name}" must be a whole number from 0, not "${shown(text)}".`);
}

/**
 * A parameter that is JSON; undefined when it is missing or empty.
 * @throws UserError `invalid`
 */
export function optionalJson(params: Params, name: string): Json | undefined {
  const text = optional(params, name);
  if (text === null || text.trim() === '') return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.kind,
      `Parameter "${name}" must be a JSON object, not "${shown(text)}": ${error.message}`,
    );
  }
}

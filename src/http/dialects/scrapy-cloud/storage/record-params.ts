import { UserError } from '../../../../errors.ts';
import type { Params } from '../../../params.ts';

/** Whether a parameter is there, and does not say no. */
export function isSet(params: Params, name: string): boolean {
  return !/^(|0|n|no|false)$/i.test(params.all(name).at(-1) ?? '');
}

/**
 * A whole number; null if there is none.
 * @throws UserError `invalid` for anything else
 */
export function numberOf(params: Params, name: string): number | null {
  const text = given(params, name);
  if (text === null) return null;
  if (!/^\d+$/.test(text))
    throw new UserError('invalid', `Parameter "${name}" is "${text}": use a whole number from 0 on.`);
  return clamped(text);
}

/** The last of its values; null if there is none, or it is empty. */
export function given(params: Params, name: string): string | null {
  const text = params.all(name).at(-1) ?? '';
  return text === '' ? null : text;
}

/** The number that digits are, or the largest there can be: clients that want all ask for 2^63 - 1. */
export function clamped(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER - 1);
}

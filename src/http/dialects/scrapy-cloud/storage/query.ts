import type { IncomingMessage } from 'node:http';
import { UserError } from '../../../../errors.ts';

/** The parameters of an address; those that nobody asks for are ignored. */
export class Query {
  readonly #params: URLSearchParams;

  constructor({ url = '' }: Pick<IncomingMessage, 'url'>) {
    const mark = url.indexOf('?');
    this.#params = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  }

  /** Every value of a parameter. */
  all(name: string): string[] {
    return this.#params.getAll(name);
  }

  /**
   * A parameter's value; null when it is missing or empty.
   * @throws UserError `invalid` when it is given twice
   */
  one(name: string): string | null {
    const [value = '', ...more] = this.all(name);
    if (more.length > 0) throw new UserError('invalid', `Parameter "${name}" is given twice.`);
    return value === '' ? null : value;
  }

  /**
   * A whole number from 0, or null.
   * @throws UserError `invalid`
   */
  whole(name: string): number | null {
    const text = this.one(name);
    if (text === null) return null;
    if (/^\d+$/.test(text)) return clamped(text);
    throw new UserError('invalid', `Parameter "${name}" must be a whole number from 0, not "${text}".`);
  }

  /** Whether a parameter is there, and does not say no. */
  isSet(name: string): boolean {
    return !/^(0|n|no|false)$/i.test(this.one(name) ?? 'no');
  }
}

/** The number that digits are, or the largest there can be: clients that want all ask for 2^63 - 1. */
export function clamped(digits: string): number {
  return Math.min(Number(digits), 2 ** 52);
}

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
   * A parameter's value, or null.
   * @throws UserError `invalid` when it is given twice
   */
  one(name: string): string | null {
    const [value, ...more] = this.all(name);
    if (more.length > 0) throw new UserError('invalid', `Parameter "${name}" is given twice.`);
    return value ?? null;
  }

  /**
   * A whole number from 0, or null.
   * @throws UserError `invalid`
   */
  whole(name: string): number | null {
    const text = this.one(name);
    if (text === null) return null;
    // Clients send 2^63-1 for all there are.
    if (/^\d{1,19}$/.test(text)) return Math.min(Number(text), 2 ** 52);
    throw new UserError('invalid', `Parameter "${name}" must be a whole number from 0, not "${text}".`);
  }
}

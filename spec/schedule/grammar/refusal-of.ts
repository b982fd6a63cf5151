import { expect } from 'chai';
import { UserError } from '../../../src/errors.ts';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';

/** The fault of a spec, which must be refused. */
export function refusalOf(text: string): UserError {
  return faultOf(() => parseSpec(text), text);
}

/** The fault of what is read, which must be refused. */
export function faultOf(read: () => unknown, text: string): UserError {
  try {
    read();
  } catch (error) {
    expect(error).to.be.instanceOf(UserError);
    expect((error as UserError).kind).to.equal('invalid');
    return error as UserError;
  }
  throw new Error(`"${text}" was accepted`);
}

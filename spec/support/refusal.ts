import { expect } from 'chai';
import { UserError, type ErrorKind } from '../../src/errors.ts';

/** The sentence of the UserError that a promise must be rejected with. */
export async function refusalOf(promise: Promise<unknown>, kind: ErrorKind): Promise<string> {
  const thrown: unknown = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).to.be.instanceOf(UserError).with.property('kind', kind);
  return (thrown as UserError).message;
}

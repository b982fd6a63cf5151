/**
 * What kind of fault a {@link UserError} is. Each dialect turns it into its own status and JSON in one place.
 *
 * - `invalid`: the request is wrong; the message says what and quotes the value
 * - `not-found`: the thing that was named does not exist
 * - `conflict`: right in itself, but not in the present state (a project with schedules, a finished job)
 * - `too-large`: more bytes than the limit
 * - `unavailable`: this daemon cannot do it now (no Python, no spider host)
 * - `storage-full`: the record of it could not be written
 * - `unauthorized`: nobody knows who asks
 * - `forbidden`: whoever asks may not, or not from there
 */
export type ErrorKind =
  | 'invalid'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unavailable'
  | 'storage-full'
  | 'unauthorized'
  | 'forbidden';

/** A fault to tell the person who asked: one clear sentence with the offending value in quotes. */
export class UserError extends Error {
  override name = 'UserError';
  readonly kind: ErrorKind;
  /** The nearest thing that would be accepted, where there is one; the message says it too. */
  readonly suggestion: string | null;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions & { suggestion?: string | null } = {}) {
    super(message, options);
    this.kind = kind;
    this.suggestion = options.suggestion ?? null;
  }
}

/** Anything that was thrown, as an Error with Node's optional `code`. */
export function toError(thrown: unknown): Error & { code?: string } {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

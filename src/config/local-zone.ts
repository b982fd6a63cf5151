import { UserError } from '../errors.ts';

/**
 * The daemon's time zone where the variable TZ names one: an IANA name that Node, Python and the C library understand
 * alike. Node takes what it does not know (`UTC+3`, `CET-1CEST`, `:/etc/localtime`) for UTC, or for no zone at all.
 * @throws UserError `invalid` when TZ is no such name
 */
export function namedZone(tz: string): string {
  // The C library takes the empty text for UTC, and these for what follows.
  const name = tz.replace(/^:/, '').replace(/^\/usr\/share\/zoneinfo\//, '');
  if (name === '') return 'UTC';
  try {
    // An offset such as "+03:00" is a zone to Node alone.
    if (/^[a-z]/i.test(name))
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // Not known.
  }
  throw new UserError(
    'invalid',
    `TZ: "${tz}" is not the name of a time zone such as Europe/Berlin: set it to one, or unset it to take the machine's.`,
  );
}

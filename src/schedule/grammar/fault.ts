import { UserError } from '../../errors.ts';

const MAX_QUOTED = 100;

/** What is wrong with a text, before the whole of it is quoted; where known, the nearest that would be accepted. */
export class Fault extends Error {
  override name = 'Fault';
  readonly suggestion: string | null;

  constructor(message: string, suggestion: string | null = null) {
    super(message);
    this.suggestion = suggestion;
  }
}

/** What is understood, but would be read as something else. */
export class Bent extends Fault {}

/** In double quotes, on one line, and cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

/**
 * Tells a fault to the person who asked.
 * @throws UserError `invalid` for a fault of what `read` reads; the message ends with the suggestion
 */
export function orRefuse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) throw refusal(error.message, error.suggestion);
    throw error;
  }
}

/** @param message without its full stop */
export function refusal(message: string, suggestion: string | null): UserError {
  const advice = suggestion === null ? '' : ` Try ${JSON.stringify(suggestion)}.`;
  return new UserError('invalid', `${message}.${advice}`, { suggestion });
}

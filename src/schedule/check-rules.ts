import { UserError } from '../errors.ts';
import { quote } from './grammar/fault.ts';
import { OVERLAPS, type ScheduleRules } from './schedule.ts';

/** As for a spec: room for some dozens of days without a fire. */
const MAX_LENGTH = 1000;

/**
 * Refuses rules that are no such, which can only have been stored by another release or by hand, and texts that are too
 * long to be read for each fire. What the texts mean is not looked at.
 * @throws UserError `invalid`
 */
export function checkRules({ overlap, missed, maxRuns, ...texts }: ScheduleRules): void {
  if (!(OVERLAPS as readonly unknown[]).includes(overlap)) {
    throw new UserError(
      'invalid',
      `${said(overlap)} is not a rule for fires that overlap; it may be ${OVERLAPS.map(quote).join(', ')}.`,
    );
  }
  if (maxRuns !== null && !(Number.isSafeInteger(maxRuns) && maxRuns >= 1)) {
    throw new UserError('invalid', `"max_runs" must be a whole number from 1, not ${said(maxRuns)}.`);
  }
  for (const [name, text] of Object.entries({ ...texts, missed })) checkText(name, text);
}

function checkText(name: string, text: unknown): void {
  if (text === null) return;
  if (typeof text !== 'string') {
    throw new UserError('invalid', `The rule "${name}" must be a text, not ${said(text)}.`);
  }
  if (text.length <= MAX_LENGTH) return;
  throw new UserError(
    'invalid',
    `The rule "${name}" that begins with ${quote(text.slice(0, 40))} is ${text.length} characters long; at most ${MAX_LENGTH} are accepted.`,
  );
}

function said(value: unknown): string {
  return quote(typeof value === 'string' ? value : JSON.stringify(value));
}

import type { OnceRecurrence } from '../recurrence/recurrence.ts';
import { Fault, quote } from './fault.ts';
import { readMoment } from './moment-text.ts';
import { MAX_INTERVAL_MS, UNIT_MS, unitOf } from './units.ts';

const AFTER = 'one fire after a while is "in N UNIT", such as "in 10 minutes"';

/** Whether the words begin like one fire: `at 2026-…`, `in 10 …`. */
export function looksLikeOnce([first, second = '']: readonly string[]): boolean {
  if (first === 'at') return /^\d+[-./]\d/.test(second);
  return first === 'in' && /^[+-]?[\d.]/.test(second) && !/^\d{4}$/.test(second);
}

/**
 * Reads `at DATE TIME` or `in N UNIT`.
 * @throws Fault
 */
export function readOnce(words: readonly string[]): OnceRecurrence {
  return {
    kind: 'once',
    at: words[0] === 'at' ? readAt(words.slice(1).join(' ')) : readAfter(words.slice(1)),
  };
}

function readAt(text: string): OnceRecurrence['at'] {
  try {
    const moment = readMoment(text);
    if ('instant' in moment || moment.time !== null) return moment;
    throw new Fault(`${quote(text)} is a day without a time of day`, `${moment.date} 00:00`);
  } catch (error) {
    if (!(error instanceof Fault) || error.suggestion === null) throw error;
    const timed = error.suggestion.includes(':') ? error.suggestion : `${error.suggestion} 00:00`;
    throw new Fault(error.message, `at ${timed}`);
  }
}

function readAfter([digits = '', unitWord, ...rest]: readonly string[]): OnceRecurrence['at'] {
  if (!/^\d+$/.test(digits) || Number(digits) === 0) {
    throw new Fault(`${quote(digits)} is not a number of units; it must be a whole number of at least 1`);
  }
  if (unitWord === undefined) throw new Fault(`the unit is missing; ${AFTER}`, `in ${digits} minutes`);
  const unit = unitOf(unitWord);
  if (unit === null) {
    throw new Fault(
      `${quote(unitWord)} is not a unit; a unit is second, minute, hour, day, week, or their plurals`,
    );
  }
  if (rest.length > 0) throw new Fault(`${quote(rest.join(' '))} is not understood there; ${AFTER}`);
  const afterMs = Number(digits) * UNIT_MS[unit];
  if (afterMs > MAX_INTERVAL_MS) throw new Fault(`"${digits}" ${unit}s are more than 100 years`);
  return { afterMs };
}

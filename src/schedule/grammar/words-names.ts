import { MONTHS, WEEKDAYS } from './units.ts';

/** The unit of a repeat, as `later` abbreviates it, by the words for it. */
export const CLOCK_UNITS: ReadonlyMap<string, 's' | 'm' | 'h'> = new Map([
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((word) => [word, 's'] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((word) => [word, 'm'] as const),
  ...['h', 'hour', 'hours'].map((word) => [word, 'h'] as const),
]);

/** Whether a word names one day of the week or several. */
export function isDay(word: string): boolean {
  return /^week(day|end)s?$/.test(word) || dayOf(word) !== null;
}

/** 1 is sunday; null for what is no weekday. */
export function dayOf(word: string): number | null {
  const index = indexOfName(word.replace(/days$/, 'day'), WEEKDAYS);
  return index === -1 ? null : ((index + 1) % 7) + 1;
}

/** 1 is january; null for what is no month. */
export function monthOf(word: string): number | null {
  const index = indexOfName(word, MONTHS);
  return index === -1 ? null : index + 1;
}

function indexOfName(word: string, names: readonly string[]): number {
  return word.length < 3 ? -1 : names.findIndex((name) => name.startsWith(word));
}

const DAY_MS = 86_400_000;

/** 100 years. Longer intervals are slips of the finger, and leave the range of dates when added up. */
export const MAX_INTERVAL_MS = 36_525 * DAY_MS;

export const UNIT_MS = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
} as const;
export type Unit = keyof typeof UNIT_MS;

/** The unit that a word names, in the singular or the plural. */
export function unitOf(word: string): Unit | null {
  const singular = word.replace(/s$/, '');
  return Object.hasOwn(UNIT_MS, singular) ? (singular as Unit) : null;
}

/** In the order of ISO 8601: monday is 1. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

export const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

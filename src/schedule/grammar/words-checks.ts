import { Bent, Fault, quote } from './fault.ts';
import { DAY_CONSTRAINTS, type Part } from './words-part.ts';
import { textOfWords } from './words-text.ts';

/**
 * Refuses a part of a calendar text that lacks something to be understood in one way only.
 * @param period in words, how its hours, minutes or seconds are repeated
 * @throws Fault
 */
export function checkPart(part: Part, period: string | null): void {
  if (Object.keys(part).length === 0) throw new Fault('it does not say when');
  if (part.t !== undefined && (period !== null || part.t_a !== undefined || part.t_b !== undefined)) {
    throw new Bent(
      `a time after "at" does not go with ${period === null ? '"after" or "before"' : quote(period)}`,
    );
  }
  if ((part.t_a ?? part.t_b) !== undefined && period === null) {
    throw new Bent(
      '"after" and "before" go with minutes or hours, as in "every 20 minutes after 9:00 before 17:00"',
    );
  }
  if (part.h && part.t_a && part.t_a[0] % 3600 !== 0) {
    throw new Bent(
      '"after" goes with hours only if it is a full hour itself, as in "every 2 hours after 9:00"',
    );
  }
  if (part.t_a && part.t_b && part.t_a[0] >= part.t_b[0])
    throw new Fault('"before" must be later than "after"');
  if (part.dc !== undefined && part.d === undefined) {
    throw new Fault('"day instance" goes with a weekday, as in "on friday on the 2nd day instance"');
  }
}

/**
 * Refuses parts that say no more than a month or a year.
 * @throws Fault
 */
export function checkDays(parts: readonly Part[]): void {
  const dayless = parts.find((part) => Object.keys(part).every((name) => name === 'M' || name === 'Y'));
  if (dayless !== undefined) {
    const near = textOfWords({ parts: [{ D: [1], ...dayless }], except: null });
    throw new Bent('a month or a year needs a day or a time of day', near);
  }
}

/**
 * Refuses what is excepted where it is more than days.
 * @throws Fault
 */
export function checkException(part: Part): void {
  if (Object.keys(part).some((name) => !(DAY_CONSTRAINTS as readonly string[]).includes(name))) {
    throw new Bent('"except" takes days, as in "except on monday" or "except 2026-12-24", not times of day');
  }
}

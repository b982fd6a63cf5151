/** What is wanted of a fire, as `later` has it: each constraint with its values, all of which must be met at once. */
export interface Part {
  /** Times of day, in seconds since midnight. */
  t?: number[];
  /** From this time of day on, in seconds since midnight. */
  t_a?: [number];
  /** Up to, but without, this time of day. */
  t_b?: [number];
  h?: number[];
  m?: number[];
  s?: number[];
  /** Days of the week; 1 is sunday. */
  d?: number[];
  /** Which of the days with the same name in a month; 0 is the last. */
  dc?: number[];
  /** Days of the month; 0 is the last. */
  D?: number[];
  /** Days of the year; 0 is the last. */
  dy?: number[];
  M?: number[];
  Y?: number[];
}

export type Constraint = keyof Part;

/** A calendar text: fires that meet any of the parts, but not on the days that are excepted. */
export interface Words {
  parts: Part[];
  except: Part | null;
}

/** How many seconds, minutes or hours there are. */
export const SIZE = { s: 60, m: 60, h: 24 } as const;

/** Constraints of whole days. */
export const DAY_CONSTRAINTS = ['d', 'dc', 'D', 'dy', 'M', 'Y'] as const satisfies Constraint[];

const DAY_MS = 86_400_000;

/** Whether a day, given by its midnight in UTC, meets a part. */
export function meetsDay(part: Part, midnight: number): boolean {
  const date = new Date(midnight);
  const day = date.getUTCDate();
  const year = date.getUTCFullYear();
  const daysInMonth = new Date(Date.UTC(year, date.getUTCMonth() + 1, 0)).getUTCDate();
  const dayOfYear = (midnight - Date.UTC(year, 0, 1)) / DAY_MS + 1;
  const daysInYear = (Date.UTC(year + 1, 0, 1) - Date.UTC(year, 0, 1)) / DAY_MS;
  return (
    has(part.d, date.getUTCDay() + 1) &&
    has(part.M, date.getUTCMonth() + 1) &&
    has(part.Y, year) &&
    (has(part.D, day) || (day === daysInMonth && has(part.D, 0))) &&
    (has(part.dy, dayOfYear) || (dayOfYear === daysInYear && has(part.dy, 0))) &&
    (has(part.dc, Math.ceil(day / 7)) || (day > daysInMonth - 7 && has(part.dc, 0)))
  );
}

function has(wanted: readonly number[] | undefined, value: number): boolean {
  return wanted === undefined || wanted.includes(value);
}

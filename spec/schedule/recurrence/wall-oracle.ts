/**
 * What the clocks on the wall show, found with `Intl` and by looking at one quarter of an hour after the other: slow
 * and plain, and nothing in it is shared with the code under test. Local times are given and taken as the milliseconds
 * since the epoch that they would be in UTC.
 */

export const DAY_MS = 86_400_000;
/** No zone has changed its clocks within a quarter of an hour since 1972. */
const QUARTER_MS = 900_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

const offsets = new Map<string, number>();

/** The local time at an instant. */
export function wallAt(at: number, zone: string): number {
  const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS;
  const key = `${zone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = wallAtSecond(quarter, zone) - quarter;
    offsets.set(key, offset);
  }
  return at + offset;
}

/** The local time at an instant without a fraction of a second. */
function wallAtSecond(at: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(at);
  const field = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
}

/** The first instant at which the clocks show this local time or, if they skip it, a later one. */
export function firstShown(wanted: number, zone: string): number {
  const begin = Math.floor((wanted - 16 * 3_600_000) / QUARTER_MS) * QUARTER_MS;
  for (let at = begin; ; at += QUARTER_MS) {
    const wall = wallAt(at, zone);
    if (wall >= wanted) return at;
    if (wall + QUARTER_MS > wanted) return at + wanted - wall;
  }
}

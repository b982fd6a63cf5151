import { Temporal } from 'temporal-polyfill';

/** `2026-06-02T09:10:05Z`; with milliseconds only where there are some. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The same, or null where there is none. */
export function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instantText(ms);
}

const FORMAT = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(Z|[+ -]\d\d(?::?\d\d)?)$/i;

/**
 * An instant in ISO 8601, with `Z` or an offset, in milliseconds since the epoch; null for what is none. A `+` that was
 * not escaped arrives in a query as a space.
 */
export function parseInstant(text: string): number | null {
  const [, date = '', time = '', offset = ''] = FORMAT.exec(text) ?? [];
  try {
    return Temporal.Instant.from(`${date}T${time}${offset.replace(' ', '+')}`).epochMilliseconds;
  } catch {
    return null;
  }
}

import { Temporal } from 'temporal-polyfill';
import { Fault, orRefuse, quote } from './fault.ts';
import { nearest } from './nearest.ts';

/**
 * The IANA name of a time zone, as the tz database spells it, from a text in whatever case.
 * @throws UserError `invalid` for what is none, such as an offset
 */
export function parseZone(text: string): string {
  return orRefuse(() => readZone(text));
}

/** @throws Fault */
export function readZone(text: string): string {
  const name = text.trim().replaceAll(/\s+/g, ' ');
  if (/^(utc|gmt)?\s?[+-]?\d/i.test(name)) {
    const message = `${quote(name)} is an offset; a time zone is a name such as "Europe/Zurich"`;
    throw new Fault(message, zoneOfOffset(name));
  }
  const known = knownZone(name);
  if (known !== null) return known;
  const near = nearestZone(name);
  const example = near === null ? ', such as "Europe/Zurich" or "UTC"' : '';
  throw new Fault(`${quote(name)} is not the name of a time zone${example}`, near);
}

function knownZone(name: string): string | null {
  if (!/^[a-z][\w+/-]*$/i.test(name)) return null;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

/** The zone of whole hours that are the same all year; its name has the sign of POSIX, where west is plus. */
function zoneOfOffset(text: string): string {
  const [, sign = '+', hours] = /^(?:utc|gmt)?\s?([+-])?(\d{1,2})(?::?00)?$/i.exec(text) ?? [];
  const zone = `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`;
  return (hours !== undefined && Number(hours) > 0 ? knownZone(zone) : null) ?? 'UTC';
}

/** By the whole name, or by that of the city. */
function nearestZone(name: string): string | null {
  const plain = name
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/ time(zone)?$/, '')
    .replaceAll(' ', '_');
  const known = knownZone(plain);
  if (known !== null) return known;
  const zones = new Map<string, string>();
  for (const zone of [...Intl.supportedValuesOf('timeZone'), 'UTC']) zones.set(zone.toLowerCase(), zone);
  const cities = new Map<string, string>();
  for (const [key, zone] of zones) cities.set(key.slice(key.lastIndexOf('/') + 1), zone);
  const city = cities.get(plain.slice(plain.lastIndexOf('/') + 1));
  if (city !== undefined) return city;
  const whole = nearest(plain, zones.keys());
  if (whole !== null) return zones.get(whole) ?? null;
  const part = nearest(plain, cities.keys());
  return part === null ? null : (cities.get(part) ?? null);
}

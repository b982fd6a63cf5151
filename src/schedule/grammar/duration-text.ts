import { Fault, orRefuse, quote } from './fault.ts';
import { nearest } from './nearest.ts';
import { MAX_INTERVAL_MS, UNIT_MS } from './units.ts';

const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      [UNIT_MS.second, 's sec secs second seconds'],
      [UNIT_MS.minute, 'm min mins minute minutes'],
      [UNIT_MS.hour, 'h hour hours'],
      [UNIT_MS.day, 'd day days'],
      [UNIT_MS.week, 'week weeks'],
    ] as const
  ).flatMap(([ms, names]) => names.split(' ').map((name) => [name, ms] as const)),
);
const MAX_JITTER_MS = UNIT_MS.day;

/**
 * By how much each fire may be put off: like {@link readDuration}, but one day at most.
 * @throws UserError `invalid`
 */
export function parseJitter(text: string): number {
  return orRefuse(() => readJitter(text));
}

/**
 * A length of time, such as `90s`, `5m`, `2 hours` or `1 day`, in milliseconds; more than none, 100 years at most.
 * @throws Fault
 */
export function readDuration(text: string): number {
  const wanted = text.trim().toLowerCase();
  const [, digits, unit] = /^(\d{1,12}) ?([a-z]{1,20})$/.exec(wanted.replaceAll(/\s+/g, ' ')) ?? [];
  const unitMs = UNITS.get(unit ?? '');
  if (digits === undefined || unitMs === undefined) {
    throw new Fault(
      `${quote(wanted)} is not a length of time, such as "90s", "5m" or "2 hours"`,
      nearestDuration(wanted),
    );
  }
  const ms = Number(digits) * unitMs;
  if (ms === 0) throw new Fault(`${quote(wanted)} is no time at all`, joined('1', unit ?? 's'));
  if (ms > MAX_INTERVAL_MS) throw new Fault(`${quote(wanted)} is longer than 100 years`, '1 day');
  return ms;
}

/** @throws Fault */
export function readJitter(text: string): number {
  const ms = readDuration(text);
  if (ms > MAX_JITTER_MS) throw new Fault(`a jitter of ${quote(text.trim())} is longer than a day`, '1 day');
  return ms;
}

/** `90 minutes`: in the largest unit, up to days, that divides it. */
export function durationText(ms: number): string {
  const unit = (['day', 'hour', 'minute', 'second'] as const).find((name) => ms % UNIT_MS[name] === 0);
  return unit === undefined ? count(ms, 'millisecond') : count(ms / UNIT_MS[unit], unit);
}

/** `1 day`, `2 days`. */
export function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}

function nearestDuration(text: string): string {
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)\s*([a-z]*)/.exec(text) ?? [];
  if (number === undefined || Number(number) === 0) return '90s';
  const name = UNITS.has(unit) ? unit : ((unit === '' ? null : nearest(unit, UNITS.keys())) ?? 's');
  if (Number(number) * (UNITS.get(name) ?? 1000) > MAX_INTERVAL_MS) return '1 day';
  const seconds = (Number(number) * (UNITS.get(name) ?? 1000)) / 1000;
  if (!Number.isInteger(Number(number))) return `${Math.max(1, Math.round(seconds))}s`;
  return joined(number, name);
}

function joined(number: string, unit: string): string {
  return unit.length === 1 ? number + unit : `${number} ${unit}`;
}

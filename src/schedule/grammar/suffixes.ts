import { Temporal } from 'temporal-polyfill';
import { readJitter } from './duration-text.ts';
import { Fault, quote } from './fault.ts';
import { readDates, readMoment } from './moment-text.ts';
import type { Moment } from '../time/moment.ts';
import { MONTHS } from './units.ts';
import { readZone } from './zone-text.ts';

/** Rules that can stand behind any spec, and in fields of their own as well. */
export interface Suffixes {
  /** IANA name, as the tz database spells it. */
  zone: string | null;
  /** No fire is earlier, and intervals count from it. */
  from: Moment | null;
  /** No fire is later. */
  until: Moment | null;
  /** Days on which nothing fires, such as `2026-12-24`. */
  except: readonly string[] | null;
  /** Each fire is put off by up to so long, drawn anew each time. */
  jitterMs: number | null;
}

type Name = 'in' | 'from' | 'until' | 'except' | 'jitter';

/** A suffix as it was written. */
interface Written {
  name: Name;
  value: string;
}

/** What a suffix says or what is wrong with it. */
type Outcome = { fault: Fault; text: string | null } | { fault: null; text: string };

export interface ReadSuffixes {
  suffixes: Suffixes;
  /** The first fault in them. */
  fault: Fault | null;
  /** Them as a text that is accepted, put right as well as that can be done. */
  text: string;
}

/** Divides a spec into its body and its suffixes, in the order in which they stand. */
export function splitSuffixes(words: readonly string[]): { body: string[]; written: Written[] } {
  const body = [...words];
  const written: Written[] = [];
  for (let i = body.length - 2; i >= 0; i--) {
    const [name = '', next = ''] = body.slice(i);
    if (!isSuffix(name, next, i)) continue;
    written.unshift({ name, value: body.splice(i).slice(1).join(' ') });
  }
  return { body, written };
}

function isSuffix(word: string, next: string, at: number): word is Name {
  switch (word) {
    case 'in':
      // Not the zone, but the beginning of "in 10 minutes", "in 2030" or "in january".
      return at > 0 && /^[^\d,]/.test(next) && !isMonth(next);
    case 'from':
    case 'until':
    case 'jitter':
      return true;
    case 'except':
      // Not later's own, as in "except on monday".
      return /^\d/.test(next);
    default:
      return false;
  }
}

function isMonth(word: string): boolean {
  const [name = ''] = word.split(/[,-]/, 1);
  return name.length >= 3 && MONTHS.some((month) => month.startsWith(name));
}

export function readSuffixes(written: readonly Written[]): ReadSuffixes {
  const suffixes: Suffixes = { zone: null, from: null, until: null, except: null, jitterMs: null };
  const seen = new Set<Name>();
  const texts: string[] = [];
  let fault: Fault | null = null;
  for (const { name, value } of written) {
    const outcome = seen.has(name) ? twice(name, value) : readOne(suffixes, name, value);
    seen.add(name);
    fault ??= outcome.fault;
    if (outcome.text !== null) texts.push(`${name} ${outcome.text}`);
  }
  const order = faultOfOrder(suffixes);
  const kept = order === null ? texts : texts.filter((text) => !text.startsWith('until '));
  return { suffixes, fault: fault ?? order, text: kept.join(' ') };
}

function readOne(suffixes: Suffixes, name: Name, value: string): Outcome {
  try {
    switch (name) {
      case 'in':
        suffixes.zone = readZone(value);
        return { fault: null, text: suffixes.zone };
      case 'from':
        suffixes.from = readMoment(value);
        break;
      case 'until':
        suffixes.until = readMoment(value);
        break;
      case 'except':
        suffixes.except = readDates(value);
        break;
      case 'jitter':
        suffixes.jitterMs = readJitter(value);
        break;
    }
    return { fault: null, text: value };
  } catch (error) {
    if (error instanceof Fault) return { fault: error, text: error.suggestion };
    throw error;
  }
}

function twice(name: Name, value: string): Outcome {
  return {
    fault: new Fault(`${quote(`${name} ${value}`)} is the second "${name}"; each goes once`),
    text: null,
  };
}

/** Only what needs no zone to be told. */
function faultOfOrder({ from, until }: Suffixes): Fault | null {
  if (from === null || until === null) return null;
  let isBefore: boolean;
  if ('instant' in from || 'instant' in until) {
    isBefore = 'instant' in from && 'instant' in until && until.instant < from.instant;
  } else {
    const start = Temporal.PlainDateTime.from(`${from.date}T${from.time ?? '00:00'}`);
    const end = Temporal.PlainDateTime.from(`${until.date}T${until.time ?? '23:59:59.999'}`);
    isBefore = Temporal.PlainDateTime.compare(end, start) < 0;
  }
  return isBefore ? new Fault('"until" is before "from", so that nothing would fire') : null;
}

import type { Recurrence } from '../recurrence/recurrence.ts';
import { readBody } from './body.ts';
import { Fault, quote, refusal } from './fault.ts';
import { readSuffixes, splitSuffixes, type ReadSuffixes, type Suffixes } from './suffixes.ts';
import { straighten } from './straighten.ts';
import { suggestBody } from './suggestion.ts';

export type { Suffixes };

/** Room for some dozens of excepted days. */
const MAX_LENGTH = 1000;

/** Where nothing is near. */
const EXAMPLE = 'every day at 10:30';

const INSTANT = /\d-\d{1,2}t\d{1,2}:\d\d[\d:.]*z?/g;
/** Without anything escaped in it. */
const QUOTED = /"([^"\\]+)"/g;

/** What a spec asks for: one job at once, or fires to come; and what its suffixes say. */
export interface Spec {
  recurrence: Recurrence | 'now';
  suffixes: Suffixes;
}

/**
 * Reads a scheduling spec: `now`, `every …`, a cron pattern, a calendar text or one time, and suffixes behind it. Case
 * and white space do not matter.
 * @throws UserError `invalid`: what is wrong and what would be accepted.
 */
export function parseSpec(text: string): Spec {
  if (text.length > MAX_LENGTH) {
    throw refusal(
      `The spec that begins with ${quote(text.slice(0, 40))} is ${text.length} characters long; at most ${MAX_LENGTH} are accepted`,
      null,
    );
  }
  const words = wordsOf(text);
  const { read, recurrence, fault } = readParts(words);
  if (fault === null)
    return { recurrence: recurrence as Exclude<typeof recurrence, Fault>, suffixes: read.suffixes };
  throw refusal(`Cannot schedule ${quote(text)}: ${asTyped(fault.message, text)}`, suggestionFor(words));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** The parts of a spec, and what is wrong with the first of them that has a fault. */
function readParts(words: readonly string[]): {
  body: string[];
  read: ReadSuffixes;
  recurrence: Recurrence | 'now' | Fault;
  fault: Fault | null;
} {
  const { body, written } = splitSuffixes(words);
  const read = readSuffixes(written);
  const recurrence = faultOr(() => readBody(body));
  const fault = recurrence instanceof Fault ? recurrence : (read.fault ?? faultOfNow(recurrence, read));
  return { body, read, recurrence, fault };
}

function faultOr<T>(read: () => T): T | Fault {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

/** The rules of a schedule would have no effect on one job. */
function faultOfNow(
  recurrence: Recurrence | 'now',
  { suffixes: { zone: _, ...rules } }: ReadSuffixes,
): Fault | null {
  if (recurrence !== 'now' || Object.values(rules).every((rule) => rule === null)) return null;
  return new Fault('"now" is one job at once, without "from", "until", "except" and "jitter"');
}

/** The nearest spec that is accepted: where what was put right does not go together, without its suffixes. */
function suggestionFor(words: readonly string[]): string {
  const { body, read, recurrence } = readParts(straighten(words));
  const accepted = recurrence instanceof Fault ? suggestBody(body, recurrence) : body.join(' ');
  const suggestions = [`${accepted} ${read.text}`.trim(), accepted];
  const suggestion = suggestions.find(isAccepted) ?? EXAMPLE;
  return suggestion.replace(INSTANT, (instant) => instant.toUpperCase());
}

function isAccepted(text: string): boolean {
  return text.length <= MAX_LENGTH && readParts(wordsOf(text)).fault === null;
}

/** What a fault quotes of the words in lower case, as it was typed. */
function asTyped(message: string, text: string): string {
  const typed = text.trim().split(/\s+/).join(' ');
  const lower = typed.toLowerCase();
  if (lower.length !== typed.length) return message;
  return message.replace(QUOTED, (quoted, inside: string) => {
    const at = ` ${lower} `.indexOf(` ${inside.toLowerCase()} `);
    return at === -1 ? quoted : `"${typed.slice(at, at + inside.length)}"`;
  });
}

import { isDeepStrictEqual } from 'node:util';
import later from '@breejs/later';
import type { WordsRecurrence } from '../recurrence/recurrence.ts';
import { Bent, Fault, quote } from './fault.ts';
import { meetsDay, type Part, type Words } from './words-part.ts';
import { readWords } from './words-reader.ts';
import { textOfWords } from './words-text.ts';

/** Texts are judged from here on, so that what is accepted does not change with time. */
const SINCE = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
/** 30 years and a bit, within which every day of every leap year falls on each weekday. */
const HORIZON_DAYS = 11_000;
const MAX_WORDS = 100;

/**
 * Reads a calendar text from words in lower case: only what `later` reads without error and as we do, which makes it
 * sure that nothing of it is lost or bent.
 * @returns the text in a form of our own. Its values are in ascending order, without which `later` passes over fires
 * @throws Fault
 */
export function readCalendarText(text: readonly string[]): WordsRecurrence {
  if (text.length > MAX_WORDS)
    throw new Fault(`it has ${text.length} words; at most ${MAX_WORDS} are accepted`);
  const words = readWords(text);
  const plain = textOfWords(words);
  if (!isReadAlike(text.join(' '), words)) throw new Fault(misread(text.join(' ')), plain);
  if (!isReadAlike(plain, words)) throw new Fault('it cannot be said without loss');
  const idle = words.parts.find((part) => !fires(part, words.except));
  if (idle !== undefined)
    throw new Bent(`${quote(textOfWords({ parts: [idle], except: null }))} never fires`, onLastDay(idle));
  return { kind: 'words', text: plain };
}

/** What a text that was accepted says. */
export function wordsOf({ text }: WordsRecurrence): Words {
  return readWords(text.split(' '));
}

function isReadAlike(text: string, { parts, except }: Words): boolean {
  const { schedules, exceptions, error } = later.parse.text(text);
  return (
    error === -1 &&
    isDeepStrictEqual(schedules.map(inOrder), parts.map(inOrder)) &&
    isDeepStrictEqual(exceptions.map(inOrder), except === null ? [] : [inOrder(except)])
  );
}

/** The same on the last day of its months, of which there is always one. */
function onLastDay(part: Part): string | null {
  return part.D === undefined ? null : textOfWords({ parts: [{ ...part, D: [0] }], except: null });
}

/** Why it is not read alike, in words. */
function misread(text: string): string {
  const { error } = later.parse.text(text);
  const rest = text.slice(Math.max(error, 0)).trim();
  return error >= 0 && rest !== '' ? `${quote(rest)} is not understood there` : 'some of it would be lost';
}

function inOrder(part: Part | Record<string, number[]>): Record<string, number[]> {
  const entries = Object.entries(part) as [string, number[]][];
  return Object.fromEntries(entries.map(([name, values]) => [name, values.toSorted((a, b) => a - b)]));
}

function fires(part: Part, except: Part | null): boolean {
  for (let i = 0; i < HORIZON_DAYS; i++) {
    const day = SINCE + i * DAY_MS;
    if (meetsDay(part, day) && (except === null || !meetsDay(except, day))) return true;
  }
  return false;
}

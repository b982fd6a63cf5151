import { randomUUID } from 'node:crypto';
import { toError, UserError } from './errors.ts';

/** What a JSON document holds. A number that JavaScript would change is a {@link JSON.rawJSON} object. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

declare global {
  // Node has them; TypeScript's own declarations do not know them yet.
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string };
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}

/** Levels of lists and objects in one another; more than Python's own reader takes. */
export const MAX_JSON_DEPTH = 1000;

/**
 * Reads a JSON document so that {@link toJsonText} writes the same again: integers beyond 2^53, `1.0`, `-0` and `1e400`
 * stay as they were written ({@link JSON.isRawJSON} tells them, their `rawJSON` is the text). Of a name that is given
 * twice the last counts; names that look like array indexes come first.
 *
 * @throws UserError `invalid` when it is no JSON, or is nested more than {@link MAX_JSON_DEPTH} levels deep.
 */
export function parseJson(text: string): Json {
  const changed: Span[] = [];
  look(text, changed);
  try {
    const value = JSON.parse(text) as Json;
    return changed.length === 0 ? value : withNumbers(text, changed);
  } catch (error) {
    throw notJson(error);
  }
}

/** A value as compact JSON on one line. Not for what is nested deeper than {@link parseJson} gives. */
export function toJsonText(value: Json): string {
  return JSON.stringify(value);
}

/** Looks whether a text is a JSON document that {@link parseJson} takes, without keeping what is in it. */
export function assertJson(text: string): void {
  look(text, null);
  try {
    JSON.parse(text);
  } catch (error) {
    throw notJson(error);
  }
}

function notJson(thrown: unknown): UserError {
  return new UserError('invalid', `This is not valid JSON: ${toError(thrown).message}.`, { cause: thrown });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const E = 0x65;

/** The numbers of a document that JavaScript would write in another way, as offsets where they begin and end. */
type Span = readonly [start: number, end: number];

/**
 * Looks through what may be no JSON. Writing a value, and laying numbers into it, calls itself for each level, and would
 * run out of stack.
 * @param changed where to put those numbers; null: they do not matter
 * @throws UserError `invalid` when it is nested too deep
 */
function look(text: string, changed: Span[] | null): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) {
        throw new UserError('invalid', `This JSON is nested more than "${MAX_JSON_DEPTH}" levels deep.`);
      }
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    } else if (changed !== null && (code === MINUS || isDigit(code))) {
      const end = endOfNumber(text, at);
      const number = text.slice(at, end);
      if (String(Number(number)) !== number) changed.push([at, end]);
      at = end - 1;
    }
  }
}

/**
 * The value of a document that is JSON, with these of its numbers as they were written. A reviver would do the same, and
 * take a hundred times as long.
 */
function withNumbers(text: string, changed: readonly Span[]): Json {
  // Nobody can know it beforehand and have it in a text of his.
  const mark = randomUUID();
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of changed) {
    parts.push(text.slice(from, start), `"${mark}${text.slice(start, end)}"`);
    from = end;
  }
  parts.push(text.slice(from));
  return unmarked(JSON.parse(parts.join('')) as Json, mark);
}

/** A value in which marked texts are numbers again. */
function unmarked(value: Json, mark: string): Json {
  if (typeof value === 'string') {
    return value.startsWith(mark) ? JSON.rawJSON(value.slice(mark.length)) : value;
  }
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) value[at] = unmarked(value[at] ?? null, mark);
  } else if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) {
      const made = unmarked(value[name] ?? null, mark);
      // An assignment to this one name makes no field.
      if (name !== '__proto__') value[name] = made;
      else Object.defineProperty(value, name, { ...FIELD, value: made });
    }
  }
  return value;
}

const FIELD = { enumerable: true, configurable: true, writable: true };

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The offset behind the number that begins at `at`: before what cannot be in one. */
function endOfNumber(text: string, at: number): number {
  let end = at + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    const isPart = isDigit(code) || code === MINUS || code === PLUS || code === POINT || (code | 0x20) === E;
    if (!isPart) break;
  }
  return end;
}

/** Where the string that begins at `at` ends. */
function endOfString(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) {
    const code = text.charCodeAt(next);
    if (code === BACKSLASH) next += 1;
    else if (code === QUOTE) return next;
  }
  return text.length;
}

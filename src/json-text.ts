import { toError, UserError } from './errors.ts';

/** What a JSON document holds. A number that JavaScript would change is a {@link JSON.rawJSON} object. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

declare global {
  // Node has them; TypeScript's own declarations do not know them yet.
  interface JSON {
    parse(
      text: string,
      reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
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
  assertShallow(text);
  try {
    return JSON.parse(text, (_name, value, context) =>
      typeof value === 'number' && context.source !== undefined && String(value) !== context.source
        ? JSON.rawJSON(context.source)
        : value,
    ) as Json;
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
  assertShallow(text);
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

/** Reading and writing JSON with a reviver calls itself for each level, and would run out of stack. */
function assertShallow(text: string): void {
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
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
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

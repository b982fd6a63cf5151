import { toJsonText, type Json } from '../json-text.ts';

const SHOWN_CHARACTERS = 200;

/** A value as errors quote it: a text as it is, anything else as JSON, and of both no more than the beginning. */
export function shown(value: Json): string {
  const text = typeof value === 'string' ? value : toJsonText(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

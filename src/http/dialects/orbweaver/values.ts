import { z } from 'zod';
import type { Json } from '../../../json-text.ts';
import { parseInstant } from './instant.ts';

/** The kinds of values in bodies and queries. Their messages go on after the name of a field: see `faults.ts`. */

/** Neither arguments nor variables nor names can hold a NUL character. */
const TEXT = 'must be a text without NUL characters';

const INSTANT =
  'must be an instant with its offset, such as "2026-06-02T09:00:00Z" or "2026-06-02T11:00:00+02:00"';

export function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
}

export const text = z.custom<string>(isText, { error: TEXT });

export const flag = z.boolean({ error: 'must be true or false' });

/** A whole number of a body. */
export const whole = (from: number) => {
  const error = `must be a whole number from ${from}`;
  return z.preprocess(plainNumber, z.int({ error }).min(from, { error }));
};

/** Any number of a body. */
export const number = z.preprocess(plainNumber, z.number({ error: 'must be a number' }));

/** A whole number of a query. */
export const count = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number)
    .refine((value) => value >= from && value <= to, { error });
};

/** An instant of a query, in milliseconds since the epoch. */
export const instant = z.string().transform((given, context) => {
  const ms = parseInstant(given);
  if (ms !== null) return ms;
  context.issues.push({ code: 'custom', message: INSTANT, input: given });
  return z.NEVER;
});

export const json = z.custom<Json>(() => true);

/** An object whose values may be anything. */
export const object = z.custom<Record<string, Json>>(isObject, {
  error: 'must be a JSON object',
  abort: true,
});

/** An object of texts. */
export const texts = object.transform((given, context) => {
  for (const [name, value] of Object.entries(given)) {
    if (!isText(value)) context.issues.push({ code: 'custom', message: TEXT, path: [name], input: value });
  }
  return given as Record<string, string>;
});

/** Where no field is taken. */
export const NOTHING = z.strictObject({}, { error: 'must be a JSON object' });

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** A number that is kept as it was written, such as `1.0`, as JavaScript has it. */
function plainNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
}

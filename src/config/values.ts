import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseAddress } from './address.ts';
import { parseSize } from './size.ts';

// How the text of a setting is read. A fault's message says what the value is not, to follow `"x" is not …`.

/** A schema that reads text by `parse`, which gives null for what is not `expected`. */
function text<T>(expected: string, parse: (text: string) => T | null) {
  return z.string().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

/** Several values, separated by white space or commas. A fault names the item, in `params`. */
function list<T>(expected: string, parse: (item: string) => T | null, fewest = 0) {
  return z.string().transform((value, context): T[] => {
    const items = value.split(/[\s,]+/).filter((item) => item !== '');
    if (items.length < fewest) context.addIssue({ code: 'custom', message: expected });
    return items.flatMap((item) => {
      const parsed = parse(item);
      if (parsed !== null) return [parsed];
      context.addIssue({ code: 'custom', message: expected, params: { item } });
      return [];
    });
  });
}

const SWITCH: Record<string, boolean> = {
  on: true,
  off: false,
  yes: true,
  no: false,
  true: true,
  false: false,
  '1': true,
  '0': false,
};

function parseSwitch(value: string): boolean | null {
  return SWITCH[value.toLowerCase()] ?? null;
}

function parseWhole(value: string, least: number): number | null {
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(number) && number >= least ? number : null;
}

function parsePath(value: string): string | null {
  return value === '' || value.includes('\0') ? null : value;
}

function positiveSize(value: string): number | null {
  const bytes = parseSize(value);
  return bytes === null || bytes === 0 ? null : bytes;
}

const SIZE = 'a size such as 512K, 256M or 2G';

export const path = text('a path', parsePath);
/** A `file:` URL is its path. */
export const folder = text('a folder of this machine', (value) => {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return parsePath(value);
  try {
    return parsePath(fileURLToPath(value));
  } catch {
    return null;
  }
});
/** One line of text. */
export const line = text('a line of text', (value) =>
  value.trim() === '' || /\p{Cc}/u.test(value) ? null : value,
);
export const userName = text('the name of a user, in which there is no colon', (value) =>
  value === '' || value.includes(':') ? null : value,
);
/** Any text; no fault of it may show it. */
export const password = z.string();
/** In lower case. */
export const headerName = text('the name of a header', (value) =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(value) ? value.toLowerCase() : null,
);
export const onOff = text('"on" or "off"', parseSwitch);
export const count = text('a whole number, 0 or more', (value) => parseWhole(value, 0));
export const positive = text('a whole number, 1 or more', (value) => parseWhole(value, 1));
export const bytes = text(SIZE, positiveSize);

/** `off` is undefined. */
export const bytesOrOff = text(`${SIZE}, or "off"`, (value) => orOff(value, positiveSize)).transform(unwrap);
/** `off` is undefined. */
export const daysOrOff = text('a whole number of days, 1 or more, or "off"', (value) =>
  orOff(value, (days) => parseWhole(days, 1)),
).transform(unwrap);
/** `off` is undefined. */
export const numberOrOff = text('a whole number, 1 or more, or "off"', (value) =>
  orOff(value, (number) => parseWhole(number, 1)),
).transform(unwrap);

export const addresses = list('HOST:PORT, such as 127.0.0.1:7654 or [::1]:7654', parseAddress, 1);
export const variableNames = list('the name of an environment variable', (item) =>
  /^[a-z_]\w*$/i.test(item) ? item : null,
);
export const hostNames = list('a host name without a port', (item) =>
  /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(item) ? item.toLowerCase() : null,
);
export const origins = list('an origin such as https://example.org', (item) => {
  const url = URL.parse(item);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isWeb && url.href === `${url.origin}/` ? url.origin : null;
});

/** As it was given: pip tells addresses apart by their text. */
export const indexUrl = text('the URL of a package index, such as https://pypi.org/simple', (value) =>
  /^(https?:\/\/[^/]|file:\/\/\/)/.test(value) && !/\s/.test(value) && URL.canParse(value) ? value : null,
);

interface Optional {
  value: number | undefined;
}

function orOff(value: string, parse: (value: string) => number | null): Optional | null {
  if (parseSwitch(value) === false && value !== '0') return { value: undefined };
  const parsed = parse(value);
  return parsed === null ? null : { value: parsed };
}

function unwrap({ value }: Optional): number | undefined {
  return value;
}

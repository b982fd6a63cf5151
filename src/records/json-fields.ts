const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** A field of an object: its value's JSON is what stands between two offsets. */
export interface Field {
  name: string;
  /** Where the name begins, with its quote. */
  at: number;
  start: number;
  end: number;
}

/**
 * The fields of a JSON object, in order, without reading what is in them. Gives none for what is no object; what is no
 * JSON gives anything, but ends.
 * @param before those of an object that is likely to have the same names: then they are not read again
 */
export function fieldsOf(json: Buffer, before: readonly Field[] = []): Field[] {
  const fields: Field[] = [];
  let at = skipSpace(json, 0);
  if (json[at] !== 0x7b) return fields;
  at = skipSpace(json, at + 1);
  while (json[at] === QUOTE) {
    const nameEnd = endOfString(json, at);
    const start = skipSpace(json, skipSpace(json, nameEnd) + 1);
    const end = endOfValue(json, start);
    const likely = before[fields.length]?.name;
    const name =
      likely !== undefined && isName(likely, json, at, nameEnd) ? likely : textOf(json, at, nameEnd);
    fields.push({ name, at, start, end });
    at = skipSpace(json, end);
    if (json[at] === COMMA) at = skipSpace(json, at + 1);
  }
  return fields;
}

/** Whether a name stands between two offsets, written as it is. */
function isName(name: string, json: Buffer, at: number, end: number): boolean {
  if (name.length !== end - at - 2) return false;
  for (let next = 0; next < name.length; next++) {
    const code = name.charCodeAt(next);
    if (code !== json[at + 1 + next] || code > 0x7f || code === BACKSLASH) return false;
  }
  return true;
}

/** The text of the JSON string that stands between two offsets, with its quotes. */
function textOf(json: Buffer, at: number, end: number): string {
  const inside = json.subarray(at + 1, end - 1);
  if (!inside.includes(BACKSLASH)) return inside.toString();
  try {
    return JSON.parse(json.toString('utf8', at, end)) as string;
  } catch {
    return inside.toString();
  }
}

/** The offset behind the string that begins at `at`. */
function endOfString(json: Buffer, at: number): number {
  for (let next = at + 1; next < json.length; next++) {
    const byte = json[next];
    if (byte === QUOTE) return next + 1;
    if (byte === BACKSLASH) next += 1;
  }
  return json.length;
}

/** The offset behind the value that begins at `at`. */
function endOfValue(json: Buffer, at: number): number {
  let depth = 0;
  for (let next = at; next < json.length; next++) {
    const byte = json[next] ?? 0;
    if (byte === QUOTE) {
      next = endOfString(json, next) - 1;
      if (depth === 0) return next + 1;
    } else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) {
      if (depth === 0) return next;
      depth -= 1;
      if (depth === 0) return next + 1;
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) return next;
  }
  return json.length;
}

function skipSpace(json: Buffer, at: number): number {
  let next = at;
  while (next < json.length && isSpace(json[next] ?? 0)) next += 1;
  return next;
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

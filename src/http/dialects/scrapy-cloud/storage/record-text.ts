import { fieldsOf } from '../../../../records/json-fields.ts';
import { parseJson, toJsonText, type Json } from '../../../../json-text.ts';

const LEVELS: Readonly<Record<string, string>> = {
  10: 'DEBUG',
  20: 'INFO',
  30: 'WARNING',
  40: 'ERROR',
  50: 'CRITICAL',
};

/** A log entry for people to read, as `time level message`; what it lacks is left out. */
export function logLine(json: Buffer): string {
  const parts = new Map(fieldsOf(json).map(({ name, start, end }) => [name, json.subarray(start, end)]));
  const time = Number(parts.get('time') ?? NaN);
  const level = parts.get('level')?.toString() ?? '';
  const shown = [isDate(time) ? new Date(time).toISOString() : '', LEVELS[level] ?? level];
  return [...shown, plainText(parts.get('message') ?? Buffer.from('""'))]
    .filter((part) => part !== '')
    .join(' ');
}

/** A text as it is, anything else as JSON, and null as nothing. */
export function plainText(json: Buffer): string {
  if (json[0] !== 0x22) return json.toString() === 'null' ? '' : json.toString();
  try {
    return JSON.parse(json.toString()) as string;
  } catch {
    return json.toString();
  }
}

/** The text form of numbers for levels, as the old API and `level=` name them. */
export function levelNumber(name: string): number | null {
  const found = Object.entries(LEVELS).find(
    ([number, word]) => name === number || name.toUpperCase() === word,
  );
  return found === undefined ? null : Number(found[0]);
}

function isDate(ms: number): boolean {
  return Math.abs(ms) <= 8.64e15;
}

/** A value in the types of XML-RPC; nothing for what is no JSON, as a spider can write it to its own files. */
export function toXml(json: Buffer): string {
  let value: Json;
  try {
    value = parseJson(json.toString());
  } catch {
    return '';
  }
  return `<value>${xmlOf(value)}</value>`;
}

function xmlOf(value: Json): string {
  if (value === null) return '<nil/>';
  if (typeof value === 'boolean') return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === 'number' || JSON.isRawJSON(value)) return xmlNumber(toJsonText(value));
  if (typeof value === 'string') return `<string>${escaped(value)}</string>`;
  if (Array.isArray(value)) {
    return `<array><data>${value.map((each) => `<value>${xmlOf(each)}</value>`).join('')}</data></array>`;
  }
  const members = Object.entries(value).map(
    ([name, each]) => `<member><name>${escaped(name)}</name><value>${xmlOf(each)}</value></member>`,
  );
  return `<struct>${members.join('')}</struct>`;
}

function xmlNumber(text: string): string {
  if (!/^-?\d+$/.test(text)) return `<double>${text}</double>`;
  return Math.abs(Number(text)) < 2 ** 31 ? `<int>${text}</int>` : `<i8>${text}</i8>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** XML has no place at all for most control characters. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>]/g, (character) => ESCAPES[character] ?? '')
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

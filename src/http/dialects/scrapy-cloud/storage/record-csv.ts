import { UserError } from '../../../../errors.ts';
import { fieldsOf } from '../../../../records/json-fields.ts';
import type { RecordKind } from '../../../../records/record-kind.ts';
import type { Query } from './query.ts';
import { plainText } from './record-text.ts';

/** How a table of records is written. */
export interface Csv {
  /** The names of its columns as its first row, or nothing. */
  head: string;
  /** A row for a record. */
  row: (json: Buffer) => string;
}

const LONGEST_MARK = 10;

/**
 * Reads how records become a table: `fields` are its columns, which log entries need not name.
 * @throws UserError `invalid`
 */
export function readCsv(query: Query, kind: RecordKind): Csv {
  const named = query.all('fields').flatMap((value) => value.split(','));
  const fields = named.filter((name) => name !== '');
  if (fields.length === 0 && kind === 'logs') fields.push('time', 'level', 'message');
  if (fields.length === 0)
    throw new UserError('invalid', 'Missing parameter "fields": name the columns, "fields=one,other".');
  const separator = mark(query, 'sep', ',');
  const quote = mark(query, 'quote', '"');
  const escape = mark(query, 'escape', quote);
  const lineEnd = mark(query, 'lineend', '\r\n');

  const cell = (text: string) => {
    const isPlain = [separator, quote, '\r', '\n', lineEnd].every((special) => !text.includes(special));
    if (isPlain) return text;
    const inside = escape === quote ? text : text.replaceAll(escape, escape + escape);
    return quote + inside.replaceAll(quote, escape + quote) + quote;
  };
  const row = (cells: readonly string[]) => cells.map(cell).join(separator) + lineEnd;
  return {
    head: query.isSet('include_headers') ? row(fields) : '',
    row: (json) => {
      const values = new Map(fieldsOf(json).map((field) => [field.name, field]));
      return row(
        fields.map((name) => {
          const field = values.get(name);
          return field === undefined ? '' : plainText(json.subarray(field.start, field.end));
        }),
      );
    },
  };
}

function mark(query: Query, name: string, otherwise: string): string {
  const text = query.one(name) ?? otherwise;
  if (text.length > LONGEST_MARK)
    throw new UserError('invalid', `Parameter "${name}" is longer than ${LONGEST_MARK} characters.`);
  return text;
}

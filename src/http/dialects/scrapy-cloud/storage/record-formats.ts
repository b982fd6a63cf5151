import { UserError } from '../../../../errors.ts';
import { MsgpackWriter } from '../../../../records/msgpack.ts';
import type { Csv } from './record-csv.ts';
import { toXml } from './record-text.ts';

export type FormatName = 'jl' | 'json' | 'csv' | 'xml' | 'text' | 'msgpack';

/** How documents are written one after another. */
export interface Format {
  /** Content type; clients take text without a charset for Latin-1. */
  type: string;
  head: string;
  foot: string;
  /** Some of the documents, each given as JSON. */
  write: (documents: readonly Buffer[]) => string | Buffer;
}

const BY_TYPE: Readonly<Record<string, FormatName>> = {
  'application/x-jsonlines': 'jl',
  'application/json': 'json',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'text/csv': 'csv',
  'text/plain': 'text',
  'application/x-msgpack': 'msgpack',
};
const NAMES: readonly string[] = ['jl', 'json', 'csv', 'xml', 'text', 'msgpack'] satisfies FormatName[];

/**
 * The format that is asked for by name, or else the first that is accepted; JSON lines if none is known.
 * @throws UserError `invalid` for a name that is not known
 */
export function formatOf(name: string | null, accept = ''): FormatName {
  if (name !== null && name !== '') {
    if (NAMES.includes(name)) return name as FormatName;
    throw new UserError('invalid', `The format "${name}" is not known: use one of ${NAMES.join(', ')}.`);
  }
  const types = accept.split(',').map((each) => each.split(';')[0]?.trim().toLowerCase() ?? '');
  return types.map((type) => BY_TYPE[type]).find((format) => format !== undefined) ?? 'jl';
}

/** @param textOf what is written of a document as text, or in a table */
export function formatAs(name: FormatName, csv: Csv | null, textOf: (json: Buffer) => string): Format {
  const plain = { head: '', foot: '' };
  switch (name) {
    case 'jl':
      return { ...plain, type: 'application/x-jsonlines; charset=UTF-8', write: asLines };
    case 'json':
      return { type: 'application/json; charset=utf-8', head: '[', foot: ']\n', write: asList() };
    case 'csv':
      return {
        ...plain,
        type: 'text/csv; charset=utf-8',
        head: csv?.head ?? '',
        write: (documents) => documents.map((json) => csv?.row(json) ?? '').join(''),
      };
    case 'xml':
      return {
        type: 'application/xml; charset=utf-8',
        head: '<?xml version="1.0" encoding="UTF-8"?>\n<values>\n',
        foot: '</values>\n',
        write: (documents) => documents.map((json) => `${toXml(json)}\n`).join(''),
      };
    case 'text':
      return {
        ...plain,
        type: 'text/plain; charset=utf-8',
        write: (documents) => documents.map((json) => `${textOf(json)}\n`).join(''),
      };
    case 'msgpack':
      return { ...plain, type: 'application/x-msgpack', write: asMsgpack() };
  }
}

const LINE_FEED = Buffer.from('\n');

function asLines(documents: readonly Buffer[]): Buffer {
  return Buffer.concat(documents.flatMap((json) => [json, LINE_FEED]));
}

function asList(): Format['write'] {
  let isFirst = true;
  return (documents) => {
    const text = documents.map(String).join(',\n');
    if (text === '') return '';
    const separator = isFirst ? '' : ',\n';
    isFirst = false;
    return separator + text;
  };
}

function asMsgpack(): Format['write'] {
  const writer = new MsgpackWriter();
  return (documents) => {
    for (const json of documents) {
      try {
        writer.append(json);
      } catch (error) {
        // A spider can write to its own files what is no JSON.
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
    return writer.take();
  };
}

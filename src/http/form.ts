import { UserError } from '../errors.ts';
import { inMebibytes, UploadFile } from './upload-file.ts';
import type { FieldSink } from './urlencoded.ts';

/** How many parameters a request may have, query and body together. */
export const MAX_FIELDS = 1000;
/** Most bytes in one parameter that is not a file. */
export const MAX_FIELD_BYTES = 1024 * 1024;
/** Most bytes in all of them, names included: they are held in memory. */
export const MAX_FORM_BYTES = 4 * 1024 * 1024;
const MAX_NAME_BYTES = 1024;

/** Where a request may put files. */
export interface Uploads {
  /** Names of the form fields that each hold one. */
  fields: readonly string[];
  /** Fields that are refused as soon as they come, however large they are, and why. */
  refused?: Readonly<Record<string, string>>;
  /** An existing folder. */
  folder: string;
  /** Most bytes of a file, decoded. */
  maxBytes: number;
}

/** Takes one field's value. */
export interface Field extends FieldSink {
  /** Resolves when more may be written. */
  drained(): Promise<void>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a request's parameters are gathered in, whichever way they were encoded: small ones in memory, files on disk. */
export class Form {
  /** Name and value, in the order of arrival. */
  readonly fields: [name: string, value: string][] = [];
  /** How many of them are the query's, which come first. */
  queryFields = 0;
  /** By the names of their fields. */
  readonly files = new Map<string, UploadFile>();
  readonly #uploads: Uploads | null;
  #count = 0;
  #bytes = 0;

  constructor(uploads: Uploads | null) {
    this.#uploads = uploads;
  }

  /**
   * Begins a field of the body.
   * @throws UserError `invalid` for a name that is not UTF-8, too many fields, a second file of a field, or a refused one.
   */
  open(name: Buffer): Field {
    const text = decodeName(name);
    const { fields = [], refused = {}, folder = '', maxBytes = 0 } = this.#uploads ?? {};
    if (Object.hasOwn(refused, text)) throw new UserError('invalid', refused[text] ?? '');
    if (!fields.includes(text)) return this.openSmall(name);
    this.#countOne();
    if (this.files.has(text)) throw new UserError('invalid', `Parameter "${text}" is given twice.`);
    const file = new UploadFile(text, folder, maxBytes);
    this.files.set(text, file);
    return file;
  }

  /** Resolves when little enough of the files is still to be written. */
  async drained(): Promise<void> {
    for (const file of this.files.values()) await file.drained();
  }

  /** Resolves when all files are whole. */
  async finished(): Promise<void> {
    for (const file of this.files.values()) await file.finished();
  }

  /** Removes the files. */
  async discard(): Promise<void> {
    await Promise.all([...this.files.values()].map((file) => file.discard()));
  }

  /** Begins a field that is kept in memory, whatever its name. */
  openSmall(name: Buffer): Field {
    const text = decodeName(name);
    this.#countOne();
    this.#countBytes(name.length);
    const slot: [string, string] = [text, ''];
    this.fields.push(slot);
    const pieces: Buffer[] = [];
    let length = 0;
    return {
      write: (bytes) => {
        length += bytes.length;
        if (length > MAX_FIELD_BYTES) {
          throw new UserError(
            'too-large',
            `"${text}" is larger than the limit of ${inMebibytes(MAX_FIELD_BYTES)} MiB.`,
          );
        }
        this.#countBytes(bytes.length);
        // A copy, or the few bytes would keep their whole chunk in memory.
        pieces.push(Buffer.from(bytes));
      },
      end: () => {
        slot[1] = decode(Buffer.concat(pieces), `The value of parameter "${text}"`);
        // Neither arguments nor variables nor names can hold one.
        if (slot[1].includes('\0'))
          throw new UserError('invalid', `The value of parameter "${text}" holds a NUL character.`);
      },
      drained: () => Promise.resolve(),
    };
  }

  #countOne(): void {
    if (++this.#count > MAX_FIELDS)
      throw new UserError('invalid', `More than ${MAX_FIELDS} parameters in one request.`);
  }

  #countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_FORM_BYTES) {
      throw new UserError(
        'too-large',
        `All parameters together are larger than the limit of ${inMebibytes(MAX_FORM_BYTES)} MiB.`,
      );
    }
  }
}

function decodeName(name: Buffer): string {
  if (name.length > MAX_NAME_BYTES) {
    throw new UserError('invalid', `The name of a parameter is longer than ${MAX_NAME_BYTES} bytes.`);
  }
  return decode(name, 'The name of a parameter');
}

/** @throws UserError `invalid` when the bytes are not UTF-8. */
function decode(bytes: Buffer, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const shown = JSON.stringify(bytes.subarray(0, 80).toString());
    throw new UserError('invalid', `${what} is not valid UTF-8: ${shown}.`);
  }
}

import { UserError } from '../errors.ts';

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** A broken escape can hide behind a name of any length; this is all of it that is kept. */
const NAME_LIMIT = 4096;

/** Value of a hex digit's byte, -1 for any other byte. */
const HEX = new Int8Array(256).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  HEX[text.charCodeAt(0)] = digit;
  HEX[text.toUpperCase().charCodeAt(0)] = digit;
}

/** Takes the decoded bytes of one field's value, in pieces that are its own to keep. */
export interface FieldSink {
  write(bytes: Buffer): void;
  end(): void;
}

/**
 * Decodes `application/x-www-form-urlencoded` as it arrives. A value may be any bytes and of any length: nothing of it
 * is held, so memory is bounded by the size of the pieces that are written. Purely synchronous; whoever feeds it looks
 * after backpressure between two writes.
 */
export class UrlencodedParser {
  readonly #open: (name: Buffer) => FieldSink;
  /** The field whose value is being read; null while a name is. */
  #field: FieldSink | null = null;
  #name: Buffer[] = [];
  #nameLength = 0;
  /** An escape that a chunk cut off: `%` or `%` and one digit. */
  #cut: Buffer | null = null;

  /** @param open Called with each field's name (raw bytes, decoded) before its value. */
  constructor(open: (name: Buffer) => FieldSink) {
    this.#open = open;
  }

  /** @throws UserError `invalid` on a broken percent escape. */
  write(chunk: Buffer): void {
    const input = this.#cut === null ? chunk : Buffer.concat([this.#cut, chunk]);
    this.#cut = null;
    const length = input.length;
    // Never longer than its source; sinks keep pieces of it, so each chunk needs its own.
    const output = Buffer.allocUnsafe(length);
    let start = 0;
    let to = 0;
    let from = 0;
    while (from < length) {
      const byte = input[from] ?? 0;
      if (byte === PERCENT) {
        if (from + 2 >= length) {
          this.#cut = Buffer.from(input.subarray(from));
          this.#checkCut(this.#cut);
          break;
        }
        const value = ((HEX[input[from + 1] ?? 0] ?? -1) << 4) | (HEX[input[from + 2] ?? 0] ?? -1);
        if (value < 0) throw brokenEscape(input.subarray(from, from + 3));
        output[to++] = value;
        from += 3;
        continue;
      }
      from++;
      if (byte === AMPERSAND) {
        this.#take(output.subarray(start, to));
        this.#endField();
        start = to;
      } else if (byte === EQUALS && this.#field === null) {
        this.#take(output.subarray(start, to));
        this.#openField();
        start = to;
      } else {
        output[to++] = byte === PLUS ? SPACE : byte;
      }
    }
    this.#take(output.subarray(start, to));
  }

  /** @throws UserError `invalid` on a percent escape that was cut off. */
  end(): void {
    if (this.#cut !== null) throw brokenEscape(this.#cut);
    this.#endField();
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#field !== null) {
      this.#field.write(bytes);
      return;
    }
    this.#nameLength += bytes.length;
    if (this.#nameLength > NAME_LIMIT) {
      throw new UserError('invalid', `The name of a parameter is longer than ${NAME_LIMIT} bytes.`);
    }
    this.#name.push(bytes);
  }

  #openField(): FieldSink {
    const name = Buffer.concat(this.#name);
    this.#name = [];
    this.#nameLength = 0;
    return (this.#field = this.#open(name));
  }

  #endField(): void {
    // Nothing between two ampersands is no field; a name without "=" is one with an empty value.
    if (this.#field === null && this.#nameLength === 0) return;
    (this.#field ?? this.#openField()).end();
    this.#field = null;
  }

  #checkCut(cut: Buffer): void {
    if (cut.length === 2 && (HEX[cut[1] ?? 0] ?? -1) < 0) throw brokenEscape(cut);
  }
}

function brokenEscape(bytes: Buffer): UserError {
  const text = JSON.stringify(bytes.toString('latin1'));
  return new UserError(
    'invalid',
    `Broken percent escape ${text}: a "%" needs two hex digits after it ("%25" is a "%").`,
  );
}

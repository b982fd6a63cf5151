import { isSpace } from './json-fields.ts';

const MAX_DEPTH = 1000;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
/** Digits of an integer that a JavaScript number has for certain. */
const SAFE_DIGITS = 15;
/** Bytes of a text whose length is in its head; fewer than a call of `copy` is worth. */
const SHORT = 31;

/** A list or map that is not closed yet: where its head is, and how many names and values it has. */
interface Open {
  at: number;
  count: number;
  isMap: boolean;
}

/**
 * Turns JSON text into MessagePack, value by value. The encoders that there are take JavaScript's numbers, in which `1`
 * and `1.0` are the same and integers beyond 2^53 are others; this one reads the text. Integers become integers, in as
 * few bytes as hold them, beyond 64 bits their text; numbers with a point or an exponent 64-bit floats.
 */
export class MsgpackWriter {
  #bytes = Buffer.allocUnsafe(16 * 1024);
  #length = 0;

  /**
   * Appends one JSON document.
   * @throws SyntaxError when it is none, or is nested deeper than 1000 levels; then nothing of it is kept.
   */
  append(json: Buffer): void {
    const before = this.#length;
    try {
      this.#value(json);
    } catch (error) {
      this.#length = before;
      throw error;
    }
  }

  /** What was written, as bytes of its own. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return taken;
  }

  /**
   * Bytes that a JSON document takes. Nothing is kept of it.
   * @throws SyntaxError as {@link append}.
   */
  sizeOf(json: Buffer): number {
    const before = this.#length;
    this.append(json);
    const size = this.#length - before;
    this.#length = before;
    return size;
  }

  #value(json: Buffer): void {
    const open: Open[] = [];
    let at = 0;
    while (at < json.length) {
      const byte = json[at] ?? 0;
      if (isSpace(byte) || byte === 0x2c || byte === 0x3a) {
        at += 1;
        continue;
      }
      if (byte === 0x5d || byte === 0x7d) {
        this.#close(open.pop());
        at += 1;
        continue;
      }
      const parent = open.at(-1);
      if (parent !== undefined) parent.count += 1;
      if (byte === 0x5b || byte === 0x7b) {
        if (open.length === MAX_DEPTH) throw new SyntaxError('nested too deep');
        open.push({ at: this.#length, count: 0, isMap: byte === 0x7b });
        this.#byte(0);
        at += 1;
      } else if (byte === 0x22) {
        at = this.#string(json, at);
      } else at = this.#bare(json, at);
    }
    if (open.length > 0) throw new SyntaxError('cut off');
  }

  /** Writes the head of what is complete; most fit into the byte that was left for it. */
  #close(open: Open | undefined): void {
    if (open === undefined) throw new SyntaxError('closed too often');
    const { at, isMap } = open;
    const count = isMap ? open.count / 2 : open.count;
    if (count < 16) {
      this.#bytes[at] = (isMap ? 0x80 : 0x90) | count;
      return;
    }
    const wide = count > 0xffff;
    const more = wide ? 4 : 2;
    this.#reserve(more);
    this.#bytes.copyWithin(at + 1 + more, at + 1, this.#length);
    this.#length += more;
    this.#bytes[at] = (isMap ? 0xde : 0xdc) + (wide ? 1 : 0);
    this.#bytes.writeUIntBE(count, at + 1, more);
  }

  /** The text that begins at `at`. Gives the offset behind it. */
  #string(json: Buffer, at: number): number {
    let end = at + 1;
    let isEscaped = false;
    for (; end < json.length && json[end] !== 0x22; end++) {
      if (json[end] !== 0x5c) continue;
      isEscaped = true;
      end += 1;
    }
    if (isEscaped) this.#text(Buffer.from(JSON.parse(json.toString('utf8', at, end + 1)) as string));
    else if (end - at > SHORT) this.#text(json.subarray(at + 1, end));
    else {
      this.#reserve(SHORT + 1);
      this.#bytes[this.#length++] = 0xa0 | (end - at - 1);
      for (let next = at + 1; next < end; next++) this.#bytes[this.#length++] = json[next] ?? 0;
    }
    return end + 1;
  }

  #text(bytes: Buffer): void {
    const { length } = bytes;
    if (length <= SHORT) this.#byte(0xa0 | length);
    else if (length <= 0xff) this.#number(0xd9, length, 1);
    else if (length <= 0xffff) this.#number(0xda, length, 2);
    else this.#number(0xdb, length, 4);
    this.#reserve(length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += length;
  }

  /** A number, or `true`, `false`, `null`. Gives the offset behind it. */
  #bare(json: Buffer, at: number): number {
    let end = at + 1;
    while (end < json.length && !isEnd(json[end] ?? 0)) end += 1;
    const text = json.toString('latin1', at, end);
    if (text === 'null') this.#byte(0xc0);
    else if (text === 'false') this.#byte(0xc2);
    else if (text === 'true') this.#byte(0xc3);
    else if (/^-?\d+$/.test(text)) this.#integer(text);
    else this.#float(text);
    return end;
  }

  #float(text: string): void {
    const value = Number(text);
    if (Number.isNaN(value)) throw new SyntaxError('no number');
    this.#byte(0xcb);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleBE(value, this.#length);
  }

  #integer(text: string): void {
    if (text.length > SAFE_DIGITS) {
      this.#long(BigInt(text), text);
      return;
    }
    const value = Number(text);
    if (value >= 0) {
      if (value < 0x80) this.#byte(value);
      else if (value <= 0xff) this.#number(0xcc, value, 1);
      else if (value <= 0xffff) this.#number(0xcd, value, 2);
      else if (value <= 0xffffffff) this.#number(0xce, value, 4);
      else this.#long(BigInt(value), text);
    } else if (value >= -0x20) this.#byte(0x100 + value);
    else if (value >= -0x80) this.#number(0xd0, value + 0x100, 1);
    else if (value >= -0x8000) this.#number(0xd1, value + 0x10000, 2);
    else if (value >= -0x80000000) this.#number(0xd2, value + 0x100000000, 4);
    else this.#long(BigInt(value), text);
  }

  /** An integer that does not fit into 32 bits. */
  #long(value: bigint, text: string): void {
    if (value < INT64_MIN || value > UINT64_MAX) {
      this.#text(Buffer.from(text));
      return;
    }
    this.#byte(value < 0n ? 0xd3 : 0xcf);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64BE(BigInt.asUintN(64, value), this.#length);
  }

  #number(head: number, value: number, bytes: 1 | 2 | 4): void {
    this.#byte(head);
    this.#reserve(bytes);
    this.#length = this.#bytes.writeUIntBE(value, this.#length, bytes);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function isEnd(byte: number): boolean {
  return byte === 0x2c || byte === 0x5d || byte === 0x7d || byte === 0x3a || isSpace(byte);
}

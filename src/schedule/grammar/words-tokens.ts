import { Bent, Fault, quote } from './fault.ts';

/** No range of days; it has no place in these texts. */
const DATE = /^\d{4}-\d{1,2}-\d{1,2}/;

/** The words of a calendar text, one after the other, and the kinds of values that they are read as. */
export class WordsTokens {
  readonly #tokens: string[];
  #at = 0;

  /** @param words in lower case; commas and hyphens in them are words of their own */
  constructor(words: readonly string[]) {
    this.#tokens = words
      .flatMap((word) => (DATE.test(word) ? word : word.split(/(,|(?<=[a-z\d])-(?=[a-z\d]))/)))
      .filter((token) => token !== '');
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** What is left to be read. */
  get rest(): string {
    return this.#tokens.slice(this.#at).join(' ');
  }

  /** The next word, or nothing at the end. */
  peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  /** Takes the next word, whatever it is. */
  next(): string {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** Gives back the last words that were taken. */
  back(count = 1): void {
    this.#at -= count;
  }

  /** Takes the next word if it is this one. */
  take(word: string): boolean {
    const found = this.peek() === word;
    if (found) this.#at++;
    return found;
  }

  /**
   * Values and ranges of them, in between commas and "and".
   * @param cycle how many values there are where the last is followed by the first
   */
  list(read: () => number, cycle: number | null = null): number[] {
    const values: number[] = [];
    do {
      const from = read();
      const to = this.take('-') || this.take('to') || this.take('through') ? read() : from;
      if (to < from && cycle === null) throw new Fault(`"${to}" must not be less than "${from}"`);
      const length = to < from ? to - from + (cycle ?? 0) : to - from;
      if (length > 366) throw new Fault(`there is too much from "${from}" to "${to}"`);
      for (let i = 0; i <= length; i++) values.push(cycle === null ? from + i : ((from + i - 1) % cycle) + 1);
    } while (this.#goesOn());
    return values;
  }

  /** Takes a name, as what `find` says that it stands for. */
  named(find: (word: string) => number | null, what: string): number {
    const value = find(this.peek());
    if (value === null) throw new Fault(`${quote(this.peek())} is not ${what}`);
    this.#at++;
    return value;
  }

  /** Takes a whole number, perhaps an ordinal such as `1st`. */
  number(min: number, max: number): number {
    const [, digits] = /^(\d{1,9})(?:st|nd|rd|th)?$/.exec(this.peek()) ?? [];
    if (digits === undefined) throw this.unknown();
    const value = Number(digits);
    if (value < min || value > max)
      throw new Fault(`${quote(this.peek())} must be from "${min}" to "${max}"`);
    this.#at++;
    return value;
  }

  /** Takes times of day, in seconds since midnight. */
  times(): number[] {
    const begin = this.#at;
    const times = this.list(() => this.time());
    const halves = this.#tokens.slice(begin, this.#at).filter((token) => /[ap]m$/.test(token)).length;
    if (halves > 0 && halves < times.length)
      throw new Bent('"am" or "pm" stands behind some of the times only');
    return times;
  }

  /** Takes a time of day, in seconds since midnight. */
  time(): number {
    const word = this.next();
    const [, hours, minutes = '00', written] = /^(\d{1,2})(?::(\d{2}))?([ap]m)?$/.exec(word) ?? [];
    const half = written ?? (/^[ap]m$/.test(this.peek()) ? this.next() : null);
    const hour = Number(hours);
    const isOne = half === null ? hour <= 23 : hour >= 1 && hour <= 12;
    if (!isOne || Number(minutes) > 59) {
      throw new Fault(
        `${quote(word)} is not a time of day; it must be HH:MM, from 00:00 to 23:59, or such as 5:00 pm`,
      );
    }
    const ofDay = half === null ? hour : (hour % 12) + (half === 'pm' ? 12 : 0);
    return ofDay * 3600 + Number(minutes) * 60;
  }

  /** A fault of what comes next. */
  unknown(): Fault {
    return new Fault(this.isAtEnd ? 'it ends too early' : `${quote(this.rest)} is not understood there`);
  }

  /** Takes a comma or "and" if another value follows rather than another clause. */
  #goesOn(): boolean {
    const after = this.#tokens[this.#at + 1] ?? '';
    const follows =
      /^(and|,)$/.test(this.peek()) && !/^(at|on|every|of|in|after|before|also|except|and|,)$/.test(after);
    if (follows && after !== '') this.#at++;
    return follows && after !== '';
  }
}

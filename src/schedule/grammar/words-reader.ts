import { Fault, quote } from './fault.ts';
import type { Constraint, Part, Words } from './words-part.ts';
import { DAY_CONSTRAINTS, SIZE } from './words-part.ts';
import { MONTHS, WEEKDAYS } from './units.ts';
import { textOfWords } from './words-text.ts';

const LAST_YEAR = 2450;
/** No range of days; it has no place in these texts. */
const DATE = /^\d{4}-\d{1,2}-\d{1,2}/;

const UNITS: ReadonlyMap<string, 's' | 'm' | 'h'> = new Map([
  ...['s', 'sec', 'secs', 'second', 'seconds'].map((word) => [word, 's'] as const),
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((word) => [word, 'm'] as const),
  ...['h', 'hour', 'hours'].map((word) => [word, 'h'] as const),
]);

/**
 * Reads a calendar text from words in lower case, somewhat more freely than `later` does: what both read alike is
 * without loss, and the rest can be suggested in other words.
 * @throws Fault for what is not understood, and for what would be bent
 */
export function readWords(words: readonly string[]): Words {
  return new WordsReader(words).read();
}

/** What is understood, but would be read as something else. */
export class Bent extends Fault {}

class WordsReader {
  readonly #tokens: string[];
  #at = 0;
  #part: Part = {};
  /** In words, how the hours, minutes or seconds of this part are repeated. */
  #period: string | null = null;

  constructor(words: readonly string[]) {
    this.#tokens = words
      .flatMap((word) => (DATE.test(word) ? word : word.split(/(,|(?<=[a-z\d])-(?=[a-z\d]))/)))
      .filter((token) => token !== '');
  }

  read(): Words {
    const parts: Part[] = [];
    for (;;) {
      while (this.#at < this.#tokens.length && !/^(also|except)$/.test(this.#peek())) this.#clause();
      parts.push(this.#finished());
      if (!this.#take('also')) break;
    }
    const dayless = parts.find((part) => Object.keys(part).every((name) => name === 'M' || name === 'Y'));
    if (dayless !== undefined) {
      const near = textOfWords({ parts: [{ D: [1], ...dayless }], except: null });
      throw new Bent('a month or a year needs a day or a time of day', near);
    }
    const except = this.#take('except') ? this.#exception() : null;
    if (this.#at < this.#tokens.length) throw this.#unknown();
    return { parts, except };
  }

  #exception(): Part {
    while (this.#at < this.#tokens.length && !/^(also|except)$/.test(this.#peek())) this.#clause();
    const part = this.#finished();
    if (Object.keys(part).some((name) => !(DAY_CONSTRAINTS as readonly string[]).includes(name))) {
      throw new Bent(
        '"except" takes days, as in "except on monday" or "except 2026-12-24", not times of day',
      );
    }
    return part;
  }

  /** Ends a part; what it lacks to be understood in one way only is a fault. */
  #finished(): Part {
    const part = this.#part;
    const period = this.#period;
    [this.#part, this.#period] = [{}, null];
    if (Object.keys(part).length === 0) throw new Fault('it does not say when');
    if (part.t !== undefined && (period !== null || part.t_a !== undefined || part.t_b !== undefined)) {
      throw new Bent(
        `a time after "at" does not go with ${period === null ? '"after" or "before"' : quote(period)}`,
      );
    }
    if ((part.t_a ?? part.t_b) !== undefined && period === null) {
      throw new Bent(
        '"after" and "before" go with minutes or hours, as in "every 20 minutes after 9:00 before 17:00"',
      );
    }
    if (part.h && part.t_a && part.t_a[0] % 3600 !== 0) {
      throw new Bent(
        '"after" goes with hours only if it is a full hour itself, as in "every 2 hours after 9:00"',
      );
    }
    if (part.t_a && part.t_b && part.t_a[0] >= part.t_b[0])
      throw new Fault('"before" must be later than "after"');
    if (part.dc !== undefined && part.d === undefined) {
      throw new Fault('"day instance" goes with a weekday, as in "on friday on the 2nd day instance"');
    }
    return part;
  }

  #clause(): void {
    const word = this.#next();
    switch (word) {
      case 'and':
      case ',':
        return;
      case 'every':
      case 'each':
        this.#every();
        return;
      case 'at':
      case '@':
        this.#times();
        return;
      case 'after':
        this.#set('t_a', [this.#time()]);
        return;
      case 'before':
        this.#set('t_b', [this.#time()]);
        return;
      case 'on':
        if (this.#take('the')) this.#onThe();
        else this.#days();
        return;
      case 'of':
        this.#months();
        return;
      case 'in':
        if (monthOf(this.#peek()) === null) this.#years();
        else this.#months();
        return;
      default:
        this.#at--;
        if (isDay(word)) {
          this.#days();
          return;
        }
        throw this.#unknown();
    }
  }

  #every(): void {
    if (this.#take('day')) return;
    if (isDay(this.#peek())) {
      this.#days();
      return;
    }
    const digits = this.#next();
    const name = this.#next();
    if (!/^\d{1,9}$/.test(digits) || Number(digits) === 0) {
      this.#at -= 2;
      throw this.#unknown();
    }
    const count = Number(digits);
    const said = `every ${digits} ${name}`;
    if (/^months?$/.test(name)) {
      this.#everyMonths(count, said);
      return;
    }
    const unit = UNITS.get(name);
    if (unit === undefined) throw new Fault(`${quote(said)} has no place in a calendar text`);
    if (count > 1 && /^(second|minute|hour)$/.test(name)) {
      throw new Fault(`after the number "${count}" the unit must be in the plural, "${name}s"`);
    }
    if (this.#period !== null) throw new Bent(`${quote(said)} does not go with ${quote(this.#period)}`);
    this.#period = said;
    if (SIZE[unit] % count !== 0) throw bent(said, count, unit);
    this.#set(unit, this.#valuesOf(unit, count, said));
  }

  #valuesOf(unit: 's' | 'm' | 'h', count: number, said: string): number[] {
    let [first, last] = [0, SIZE[unit] - 1];
    if (this.#take('starting') || this.#take('start')) {
      if (this.#take('on')) this.#take('the');
      else this.#take('at');
      first = this.#number(0, SIZE[unit] - 1);
      if (UNITS.get(this.#peek()) !== unit) throw this.#unknown();
      this.#at++;
      if (first >= count)
        throw new Bent(
          `"${said}" must start before the ${quote(String(count))}th, so that all gaps are alike`,
        );
    } else if (this.#take('between')) {
      if (unit !== 'h') {
        throw new Bent(
          '"between" means hours of the day and goes with hours, as in "every 2 hours between 9 and 17"',
          `${said.replace(/\S+$/, unit === 'm' ? 'minutes' : 'seconds')} after 9:00 before 17:00`,
        );
      }
      this.#take('the');
      first = this.#number(0, last - 1);
      if (!this.#take('and')) throw this.#unknown();
      last = this.#number(first + 1, last);
      this.#take('hour');
    }
    const values: number[] = [];
    for (let value = first; value <= last; value += count) values.push(value);
    return values;
  }

  #everyMonths(count: number, said: string): void {
    if (12 % count !== 0)
      throw new Bent(`${quote(said)} does not divide a year, so that the gaps would not be alike`);
    const values: number[] = [];
    for (let month = 1; month <= 12; month += count) values.push(month);
    this.#set('M', values);
    this.#needDay(said);
  }

  /** Without a day, a text about months would fire on each of their days. */
  #needDay(said: string): void {
    const rest = this.#tokens.slice(this.#at).join(' ');
    if (this.#part.D !== undefined || /\bday of the month\b|\bday instance\b/.test(rest)) return;
    throw new Bent(`${quote(said)} needs a day`, `${said} on the 1st day of the month at 06:00`);
  }

  #onThe(): void {
    const isLast = this.#take('last');
    const values = isLast ? [0] : this.#take('first') ? [1] : this.#list(() => this.#number(0, 9999));
    const [name, most] = this.#dayUnit();
    const wrong = values.find((value) => value > most || (value === 0 && !isLast));
    if (wrong !== undefined) throw new Fault(`"${wrong}" is no ${NAMES[name]}; it may be 1 to ${most}`);
    this.#set(name, values);
  }

  #dayUnit(): ['dc' | 'dy' | 'D', number] {
    if (dayOf(this.#peek()) !== null) {
      this.#days();
      if (this.#take('of')) this.#take('the');
      this.#take('month');
      return ['dc', 5];
    }
    if (!this.#take('day') && !this.#take('days')) throw this.#unknown();
    if (this.#take('instance')) return ['dc', 5];
    if (!this.#take('of')) return ['D', 31];
    if (monthOf(this.#peek()) !== null) {
      this.#at--;
      return ['D', 31];
    }
    this.#take('the');
    if (this.#take('month')) return ['D', 31];
    if (this.#take('year')) return ['dy', 366];
    throw this.#unknown();
  }

  #days(): void {
    if (/^weekdays?$/.test(this.#peek())) {
      this.#at++;
      this.#set('d', [2, 3, 4, 5, 6]);
      return;
    }
    if (/^weekends?$/.test(this.#peek())) {
      this.#at++;
      this.#set('d', [1, 7]);
      return;
    }
    this.#set(
      'd',
      this.#list(() => this.#named(dayOf, 'a weekday'), 7),
    );
  }

  #months(): void {
    this.#set(
      'M',
      this.#list(() => this.#named(monthOf, 'a month'), 12),
    );
  }

  #years(): void {
    this.#set(
      'Y',
      this.#list(() => this.#number(1970, LAST_YEAR)),
    );
  }

  /**
   * Values and ranges of them, in between commas and "and".
   * @param cycle how many values there are where the last is followed by the first
   */
  #list(read: () => number, cycle: number | null = null): number[] {
    const values: number[] = [];
    do {
      const from = read();
      const to = this.#take('-') || this.#take('to') || this.#take('through') ? read() : from;
      if (to < from && cycle === null) throw new Fault(`"${to}" must not be less than "${from}"`);
      const length = to < from ? to - from + (cycle ?? 0) : to - from;
      if (length > 366) throw new Fault(`there is too much from "${from}" to "${to}"`);
      for (let i = 0; i <= length; i++) values.push(cycle === null ? from + i : ((from + i - 1) % cycle) + 1);
    } while (this.#goesOn());
    return values;
  }

  /** Takes a comma or "and" if another value follows rather than another clause. */
  #goesOn(): boolean {
    const after = this.#tokens[this.#at + 1] ?? '';
    const follows =
      /^(and|,)$/.test(this.#peek()) && !/^(at|on|every|of|in|after|before|also|except|and|,)$/.test(after);
    if (follows && after !== '') this.#at++;
    return follows && after !== '';
  }

  #named(find: (word: string) => number | null, what: string): number {
    const value = find(this.#peek());
    if (value === null) throw new Fault(`${quote(this.#peek())} is not ${what}`);
    this.#at++;
    return value;
  }

  #number(min: number, max: number): number {
    const [, digits] = /^(\d{1,9})(?:st|nd|rd|th)?$/.exec(this.#peek()) ?? [];
    if (digits === undefined) throw this.#unknown();
    const value = Number(digits);
    if (value < min || value > max)
      throw new Fault(`${quote(this.#peek())} must be from "${min}" to "${max}"`);
    this.#at++;
    return value;
  }

  #times(): void {
    const begin = this.#at;
    const times = this.#list(() => this.#time());
    const halves = this.#tokens.slice(begin, this.#at).filter((token) => /[ap]m$/.test(token)).length;
    if (halves > 0 && halves < times.length)
      throw new Bent('"am" or "pm" stands behind some of the times only');
    this.#set('t', times);
  }

  /** In seconds since midnight. */
  #time(): number {
    const word = this.#next();
    const [, hours, minutes = '00', written] = /^(\d{1,2})(?::(\d{2}))?([ap]m)?$/.exec(word) ?? [];
    const half = written ?? (/^[ap]m$/.test(this.#peek()) ? this.#next() : null);
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

  #set(name: Constraint, values: number[]): void {
    if (this.#part[name] !== undefined) throw new Bent(`${NAMES[name]} is given twice`);
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    Object.assign(this.#part, { [name]: sorted });
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  #next(): string {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #take(word: string): boolean {
    const found = this.#peek() === word;
    if (found) this.#at++;
    return found;
  }

  #unknown(): Fault {
    const rest = this.#tokens.slice(this.#at).join(' ');
    return new Fault(rest === '' ? 'it ends too early' : `${quote(rest)} is not understood there`);
  }
}

const NAMES: Record<Constraint, string> = {
  t: 'the time of day',
  t_a: '"after"',
  t_b: '"before"',
  h: 'the hour',
  m: 'the minute',
  s: 'the second',
  d: 'the weekday',
  dc: 'day instance',
  D: 'day of the month',
  dy: 'day of the year',
  M: 'the month',
  Y: 'the year',
};

function bent(said: string, count: number, unit: 's' | 'm' | 'h'): Bent {
  const [whole, name] = { s: ['a minute', 'seconds'], m: ['an hour', 'minutes'], h: ['a day', 'hours'] }[
    unit
  ] as [string, string];
  return new Bent(
    `${quote(said)} does not divide ${whole}, so that the gaps would not be alike`,
    `every ${count} ${name}`,
  );
}

function isDay(word: string): boolean {
  return /^week(day|end)s?$/.test(word) || dayOf(word) !== null;
}

/** 1 is sunday. */
function dayOf(word: string): number | null {
  const index = indexOfName(word.replace(/days$/, 'day'), WEEKDAYS);
  return index === -1 ? null : ((index + 1) % 7) + 1;
}

function monthOf(word: string): number | null {
  const index = indexOfName(word, MONTHS);
  return index === -1 ? null : index + 1;
}

function indexOfName(word: string, names: readonly string[]): number {
  return word.length < 3 ? -1 : names.findIndex((name) => name.startsWith(word));
}

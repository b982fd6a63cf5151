import { Bent, Fault, quote } from './fault.ts';
import { checkDays, checkException, checkPart } from './words-checks.ts';
import type { Constraint, Part, Words } from './words-part.ts';
import { SIZE } from './words-part.ts';
import { CLOCK_UNITS, dayOf, isDay, monthOf } from './words-names.ts';
import { WordsTokens } from './words-tokens.ts';

const LAST_YEAR = 2450;

/**
 * Reads a calendar text from words in lower case, somewhat more freely than `later` does: what both read alike is
 * without loss, and the rest can be suggested in other words.
 * @throws Fault for what is not understood, and for what would be bent
 */
export function readWords(words: readonly string[]): Words {
  return new WordsReader(words).read();
}

class WordsReader {
  readonly #tokens: WordsTokens;
  #part: Part = {};
  /** In words, how the hours, minutes or seconds of this part are repeated. */
  #period: string | null = null;

  constructor(words: readonly string[]) {
    this.#tokens = new WordsTokens(words);
  }

  read(): Words {
    const parts: Part[] = [];
    for (;;) {
      while (!this.#tokens.isAtEnd && !/^(also|except)$/.test(this.#tokens.peek())) this.#clause();
      parts.push(this.#finished());
      if (!this.#tokens.take('also')) break;
    }
    checkDays(parts);
    const except = this.#tokens.take('except') ? this.#exception() : null;
    if (!this.#tokens.isAtEnd) throw this.#tokens.unknown();
    return { parts, except };
  }

  #exception(): Part {
    while (!this.#tokens.isAtEnd && !/^(also|except)$/.test(this.#tokens.peek())) this.#clause();
    const part = this.#finished();
    checkException(part);
    return part;
  }

  /** Ends a part; what it lacks to be understood in one way only is a fault. */
  #finished(): Part {
    const part = this.#part;
    const period = this.#period;
    [this.#part, this.#period] = [{}, null];
    checkPart(part, period);
    return part;
  }

  #clause(): void {
    const word = this.#tokens.next();
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
        this.#set('t', this.#tokens.times());
        return;
      case 'after':
        this.#set('t_a', [this.#tokens.time()]);
        return;
      case 'before':
        this.#set('t_b', [this.#tokens.time()]);
        return;
      case 'on':
        if (this.#tokens.take('the')) this.#onThe();
        else this.#days();
        return;
      case 'of':
        this.#months();
        return;
      case 'in':
        if (monthOf(this.#tokens.peek()) === null) this.#years();
        else this.#months();
        return;
      default:
        this.#tokens.back();
        if (isDay(word)) {
          this.#days();
          return;
        }
        throw this.#tokens.unknown();
    }
  }

  #every(): void {
    if (this.#tokens.take('day')) return;
    if (isDay(this.#tokens.peek())) {
      this.#days();
      return;
    }
    const digits = this.#tokens.next();
    const name = this.#tokens.next();
    if (!/^\d{1,9}$/.test(digits) || Number(digits) === 0) {
      this.#tokens.back(2);
      throw this.#tokens.unknown();
    }
    const count = Number(digits);
    const said = `every ${digits} ${name}`;
    if (/^months?$/.test(name)) {
      this.#everyMonths(count, said);
      return;
    }
    const unit = CLOCK_UNITS.get(name);
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
    if (this.#tokens.take('starting') || this.#tokens.take('start')) {
      if (this.#tokens.take('on')) this.#tokens.take('the');
      else this.#tokens.take('at');
      first = this.#tokens.number(0, SIZE[unit] - 1);
      if (CLOCK_UNITS.get(this.#tokens.peek()) !== unit) throw this.#tokens.unknown();
      this.#tokens.next();
      if (first >= count)
        throw new Bent(
          `"${said}" must start before the ${quote(String(count))}th, so that all gaps are alike`,
        );
    } else if (this.#tokens.take('between')) {
      if (unit !== 'h') {
        throw new Bent(
          '"between" means hours of the day and goes with hours, as in "every 2 hours between 9 and 17"',
          `${said.replace(/\S+$/, unit === 'm' ? 'minutes' : 'seconds')} after 9:00 before 17:00`,
        );
      }
      this.#tokens.take('the');
      first = this.#tokens.number(0, last - 1);
      if (!this.#tokens.take('and')) throw this.#tokens.unknown();
      last = this.#tokens.number(first + 1, last);
      this.#tokens.take('hour');
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
    const rest = this.#tokens.rest;
    if (this.#part.D !== undefined || /\bday of the month\b|\bday instance\b/.test(rest)) return;
    throw new Bent(`${quote(said)} needs a day`, `${said} on the 1st day of the month at 06:00`);
  }

  #onThe(): void {
    const isLast = this.#tokens.take('last');
    const values = isLast
      ? [0]
      : this.#tokens.take('first')
        ? [1]
        : this.#tokens.list(() => this.#tokens.number(0, 9999));
    const [name, most] = this.#dayUnit();
    const wrong = values.find((value) => value > most || (value === 0 && !isLast));
    if (wrong !== undefined) throw new Fault(`"${wrong}" is no ${NAMES[name]}; it may be 1 to ${most}`);
    this.#set(name, values);
  }

  #dayUnit(): ['dc' | 'dy' | 'D', number] {
    if (dayOf(this.#tokens.peek()) !== null) {
      this.#days();
      if (this.#tokens.take('of')) this.#tokens.take('the');
      this.#tokens.take('month');
      return ['dc', 5];
    }
    if (!this.#tokens.take('day') && !this.#tokens.take('days')) throw this.#tokens.unknown();
    if (this.#tokens.take('instance')) return ['dc', 5];
    if (!this.#tokens.take('of')) return ['D', 31];
    if (monthOf(this.#tokens.peek()) !== null) {
      this.#tokens.back();
      return ['D', 31];
    }
    this.#tokens.take('the');
    if (this.#tokens.take('month')) return ['D', 31];
    if (this.#tokens.take('year')) return ['dy', 366];
    throw this.#tokens.unknown();
  }

  #days(): void {
    if (/^weekdays?$/.test(this.#tokens.peek())) {
      this.#tokens.next();
      this.#set('d', [2, 3, 4, 5, 6]);
      return;
    }
    if (/^weekends?$/.test(this.#tokens.peek())) {
      this.#tokens.next();
      this.#set('d', [1, 7]);
      return;
    }
    this.#set(
      'd',
      this.#tokens.list(() => this.#tokens.named(dayOf, 'a weekday'), 7),
    );
  }

  #months(): void {
    this.#set(
      'M',
      this.#tokens.list(() => this.#tokens.named(monthOf, 'a month'), 12),
    );
  }

  #years(): void {
    this.#set(
      'Y',
      this.#tokens.list(() => this.#tokens.number(1970, LAST_YEAR)),
    );
  }

  #set(name: Constraint, values: number[]): void {
    if (this.#part[name] !== undefined) throw new Bent(`${NAMES[name]} is given twice`);
    const sorted = [...new Set(values)].sort((a, b) => a - b);
    Object.assign(this.#part, { [name]: sorted });
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

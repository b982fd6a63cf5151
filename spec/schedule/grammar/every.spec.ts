import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../../src/errors.ts';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';
import { refusalOf } from './refusal-of.ts';

function refusal(text: string): string {
  return refusalOf(text).message;
}

describe('A spec in our own words', () => {
  it('asks for one job at once', () => {
    for (const text of ['now', 'NOW', '  Now\t']) expect(parseSpec(text).recurrence).to.equal('now');
  });

  it('is read whatever its case and white space', () => {
    const spec = parseSpec('every 2 to 3 days at 9:05').recurrence;
    expect(spec).to.deep.equal({ kind: 'days', unitDays: 1, min: 2, max: 3, at: { hour: 9, minute: 5 } });
    expect(parseSpec('\n EVERY  2\tTO 3 Days   AT 09:05 ').recurrence).to.deep.equal(spec);
  });

  it('wants the plural as soon as the first number is more than one', () => {
    for (const unit of ['second', 'minute', 'hour', 'day', 'week']) {
      for (const accepted of [unit, `${unit}s`, `1 ${unit}`, `1 ${unit}s`, `2 ${unit}s`, `1 to 2 ${unit}`]) {
        expect(() => parseSpec(`every ${accepted}`)).not.to.throw();
      }
      expect(refusal(`every 2 ${unit}`))
        .to.contain(`"every 2 ${unit}"`)
        .and.to.contain(`"${unit}s"`);
      expect(refusal(`every 2 to 3 ${unit}`)).to.contain(`"${unit}s"`);
    }
  });

  it('is refused in words that name the fault and what would do', () => {
    const faults: [spec: string, ...words: string[]][] = [
      ['', '""', 'every [N [to M]] UNIT'],
      ['foo bar', '"foo bar"', 'every [N [to M]] UNIT'],
      ['now please', '"now please"', '"now" or'],
      ['every hour at 15:00', '"15:00"', '00:MM', '"every hour at 00:15" is a quarter past each hour'],
      ['every day at 24:00', '"24:00"', 'from 00:00 to 23:59'],
      ['every day at 10:5', '"10:5"', 'HH:MM'],
      ['every day at', 'missing', '"every day at 10:30"'],
      ['every week at 10:30', 'not with weeks', '"every monday at 10:30"'],
      ['every minute at 00:30', 'not with minutes'],
      ['every second at 00:30', 'not with seconds'],
      ['every 0 minutes', '"0"', 'at least 1'],
      ['every -5 minutes', '"-5"', 'whole number'],
      ['every 1.5 hours', '"1.5"', 'whole number'],
      ['every 2 to 3.5 days', '"3.5"', 'whole number'],
      ['every 2 to', 'after "to" is missing'],
      ['every 5 to 3 minutes', '"3"', '"5"', 'less'],
      ['every 2 foobar', '"foobar"', 'second, minute, hour, day, week'],
      ['every 10 at 12:30', 'unit is missing'],
      ['every 2 monday', 'takes no number', '"every monday"'],
      ['every 1 to 2 monday', 'takes no number'],
      ['every mondays', '"mondays" is not a unit'],
      ['every minute every hour', '"every hour" is not understood'],
    ];
    for (const [spec, ...words] of faults) {
      for (const word of [JSON.stringify(spec), ...words]) expect(refusal(spec)).to.contain(word);
    }
  });

  it('may last 100 years and no longer', () => {
    const limits = {
      seconds: 3_155_760_000,
      minutes: 52_596_000,
      hours: 876_600,
      days: 36_525,
      weeks: 5_217,
    };
    for (const [unit, limit] of Object.entries(limits)) {
      expect(() => parseSpec(`every ${limit} ${unit}`)).not.to.throw();
      const message = refusal(`every 1 to ${limit + 1} ${unit}`);
      expect(message)
        .to.contain(`"${limit + 1}"`)
        .and.to.contain('100 years')
        .and.to.contain(`${limit} ${unit}`);
    }
    expect(refusal(`every ${'9'.repeat(150)} days`)).to.contain('100 years');
  });

  it('of great length is refused without being repeated', () => {
    const message = refusal(`every ${'1'.repeat(1_000_000)} minutes`);
    expect(message).to.contain('1000014 characters').and.to.have.length.below(200);
  });

  it('of any text is understood, or refused in words on one line', () => {
    const words = fc.constantFrom(
      'every',
      'now',
      'to',
      'at',
      '1',
      '2',
      '0',
      'day',
      'hours',
      'monday',
      '00:15',
      '\0',
      'é',
    );
    const texts = fc.oneof(
      fc.array(fc.nat(0xffff), { maxLength: 250 }).map((codes) => String.fromCharCode(...codes)),
      fc.array(words).map((some) => some.join(' ')),
    );
    let understood = 0;
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseSpec(text);
          understood++;
        } catch (error) {
          expect(error).to.be.instanceOf(UserError);
          expect((error as UserError).message).to.match(/^[^\n\r\0]{20,1000}$/);
        }
      }),
      { numRuns: 1000, examples: [['every day']] },
    );
    expect(understood).to.be.greaterThan(0);
  });
});

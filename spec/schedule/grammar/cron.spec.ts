import { expect } from 'chai';
import { Cron } from 'croner';
import fc from 'fast-check';
import { UserError } from '../../../src/errors.ts';
import { fieldValues } from '../../../src/schedule/grammar/cron.ts';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';
import { refusalOf } from './refusal-of.ts';

function patternOf(text: string): string {
  const { recurrence } = parseSpec(text);
  if (recurrence === 'now' || recurrence.kind !== 'cron') throw new Error(`"${text}" is no cron pattern`);
  return recurrence.pattern;
}

describe('A cron spec', () => {
  it('has five fields, or six with the seconds first', () => {
    expect(patternOf('30 10 * * *')).to.equal('30 10 * * *');
    expect(patternOf(' 0  30 10 * * * ')).to.equal('0 30 10 * * *');
  });

  it('may have names, ranges, steps, lists, L, W, # and ?, in whatever case', () => {
    for (const pattern of [
      '*/15 9-17 * * MON-FRI',
      '0 9 1,15 JAN,MAR ?',
      '0 0 L * *',
      '0 0 15W * *',
      '0 0 LW * *',
      '0 0 * * 5#2',
      '0 0 * * FRIL',
      '0 0 * * MON#L',
      '0 0 1-31/2 * *',
      '0 0 * * SAT-SUN',
    ]) {
      expect(patternOf(pattern.toLowerCase())).to.equal(pattern);
    }
  });

  it('may be a word for a usual pattern', () => {
    for (const word of ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']) {
      expect(patternOf(word.toUpperCase())).to.equal(word);
    }
  });

  it('is refused in words that name the field, its value, and what would do', () => {
    const faults: [spec: string, suggestion: string, ...words: string[]][] = [
      ['60 * * * *', '0 * * * *', 'the minute', '"60"', '0 to 59'],
      ['0 24 * * *', '0 0 * * *', 'the hour', '"24"', '0 to 23'],
      ['60 0 0 * * *', '0 0 0 * * *', 'the second', '"60"', '0 to 59'],
      ['0 0 32 * *', '0 0 1 * *', 'the day of the month', '"32"', '1 to 31'],
      ['0 0 L-3 * *', '0 0 L * *', 'the day of the month', '"L-3"', '"L"'],
      ['0 0 1 13 *', '0 0 1 1 *', 'the month', '"13"', '1 to 12'],
      ['0 9 * * mno', '0 9 * * MON', 'the day of the week', '"mno"', '0 to 7'],
      ['0 9 * * monday', '0 9 * * MON', 'the day of the week', '"monday"', '"SUN" to "SAT"'],
      ['0 0 * * 5#6', '0 0 * * *', 'the day of the week', '"5#6"'],
      ['0 0 1 * +1', '0 0 1 * *', 'the day of the week', '"+1"'],
      ['5-1 * * * *', '5-59,0-1 * * * *', 'the minute', '"5-1"', 'end is before its start'],
      ['0 22-2 * * *', '0 22-23,0-2 * * *', 'the hour', '"22-2"'],
      ['0 9 * * fri-mon', '0 9 * * 5-6,0-1', 'the day of the week', '"fri-mon"'],
      ['1/10 * * * *', '1-59/10 * * * *', 'the minute', '"1/10"', 'a step goes with "*" or a range'],
      ['*/0 * * * *', '* * * * *', 'the minute', '"*/0"', 'at least 1'],
      ['*/90 * * * *', 'every 90 minutes', 'the minute', '"90"', '0 to 59'],
      ['0 */36 * * *', 'every 36 hours', 'the hour', '"36"'],
      ['1,,3 * * * *', '1,3 * * * *', 'the minute', 'nothing on one side of a comma'],
      ['* * * *', '* * * * *', 'five fields', 'not 4'],
      ['0 0 0 1 1 * 2030', '0 0 0 1 1 *', 'not 7', 'years cannot be given'],
      ['@dayly', '@daily', '"@dayly"', '"@hourly"'],
      ['@reboot', 'now', '"@reboot"'],
      ['0 0 30 2 *', '0 0 L 2 *', 'never fires', 'there is no 30 February'],
      ['0 0 31 4,6 *', '0 0 L 4,6 *', 'never fires'],
      ['0 0 31W 2 *', '0 0 L 2 *', 'never fires'],
    ];
    for (const [spec, suggestion, ...words] of faults) {
      const fault = refusalOf(spec);
      for (const word of words) expect(fault.message, spec).to.contain(word);
      expect(fault.suggestion, spec).to.equal(suggestion);
      expect(fault.message)
        .to.match(/ Try ".*"\.$/)
        .and.to.contain(JSON.stringify(suggestion));
      expect(() => parseSpec(suggestion), spec).not.to.throw();
    }
  });

  it('that is a date or has the seventh field of croner is none', () => {
    for (const spec of ['2026-12-01T10:00:00', '* * * * * * 2027', '0 0 H * *']) refusalOf(spec);
  });

  it('of any fields is one for croner too, or refused in our own words', () => {
    const value = fc.oneof(
      fc.constantFrom('*', '?', 'L', 'LW', '15W', 'MON', 'JAN', 'FRI#2', '5L', '60', 'X', '', '7', '31'),
      fc.nat(70).map(String),
      fc.tuple(fc.nat(60), fc.nat(60)).map(([a, b]) => `${a}-${b}`),
      fc
        .tuple(fc.constantFrom('*', '1-5', '0-20', '3'), fc.nat(65))
        .map(([range, step]) => `${range}/${step}`),
    );
    const field = fc.array(value, { minLength: 1, maxLength: 3 }).map((values) => values.join(','));
    const usual = fc.constantFrom('*', '0', '1', '1-5');
    const pattern = fc
      .array(fc.oneof({ weight: 2, arbitrary: usual }, field), { minLength: 5, maxLength: 6 })
      .map((fields) => fields.join(' '));
    let accepted = 0;
    fc.assert(
      fc.property(pattern, (text) => {
        try {
          const cron = new Cron(patternOf(text), { paused: true, timezone: 'UTC' });
          expect(cron.nextRun(new Date('2026-01-01'))).not.to.equal(null);
          accepted++;
        } catch (error) {
          expect(error).to.be.instanceOf(UserError);
          expect((error as UserError).message).not.to.contain('CronPattern');
        }
      }),
      { numRuns: 500 },
    );
    expect(accepted).to.be.greaterThan(20);
  });
});

describe('The values of a cron field', () => {
  it('are those that croner fires at', () => {
    for (const field of ['*/7', '1-59/10', '5,1,1', '0-10,50', '*', '*/60']) {
      const cron = new Cron(`${field} 5 * * *`, { timezone: 'UTC', paused: true });
      const minutes = cron
        .nextRuns(60, new Date('2026-01-01T00:00:00Z'))
        .filter((at) => at.getTime() < Date.UTC(2026, 0, 2));
      expect(fieldValues('minute', field)).to.deep.equal(minutes.map((at) => at.getUTCMinutes()));
    }
  });

  it('of the week are days from sunday on', () => {
    for (const field of ['*/2', '5-7', 'sat-sun', '0,7', '1-5/2', 'mon,wed']) {
      const cron = new Cron(`0 0 * * ${field}`, { timezone: 'UTC', paused: true });
      const days = cron.nextRuns(7, new Date('2026-01-01T00:00:00Z')).map((at) => at.getUTCDay());
      const values = fieldValues('day of the week', field).map((value) => value % 7);
      expect(new Set(values), field).to.deep.equal(new Set(days));
    }
  });
});

import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { checkRules } from '../../src/schedule/check-rules.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';

describe('Rules of a schedule as they are stored', () => {
  it('may say nothing, or something of each kind', () => {
    checkRules(NO_RULES);
    checkRules({ ...NO_RULES, overlap: 'replace', maxRuns: 3, zone: 'UTC', except: 'x'.repeat(1000) });
  });

  const refusals: [string, object, string][] = [
    [
      'an overlap of a newer release',
      { overlap: 'merge' },
      '"merge" is not a rule for fires that overlap; it may be "allow", "skip", "queue-one", "replace".',
    ],
    ['runs that are no number', { maxRuns: '3' }, '"max_runs" must be a whole number from 1, not "3".'],
    ['no runs', { maxRuns: 0 }, '"max_runs" must be a whole number from 1, not "0".'],
    ['a zone that is no text', { zone: 5 }, 'The rule "zone" must be a text, not "5".'],
    [
      'missed fires that are a list',
      { missed: ['skip'] },
      'The rule "missed" must be a text, not "[\\"skip\\"]".',
    ],
    [
      'a very long text',
      { jitter: `9${' '.repeat(999)}s` },
      `The rule "jitter" that begins with "9${' '.repeat(39)}" is 1001 characters long; at most 1000 are accepted.`,
    ],
  ];
  for (const [what, rules, message] of refusals) {
    it(`are refused with ${what}`, () => {
      const asked = { ...NO_RULES, ...rules };
      expect(() => {
        checkRules(asked);
      })
        .to.throw(UserError)
        .that.includes({ kind: 'invalid', message });
    });
  }
});

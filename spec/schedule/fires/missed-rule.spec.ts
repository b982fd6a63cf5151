import { expect } from 'chai';
import { parseMissed } from '../../../src/schedule/fires/missed-rule.ts';
import { faultOf } from '../grammar/refusal-of.ts';

describe('A rule for missed fires', () => {
  it('says how many late jobs there are, and how late they may be', () => {
    const rules = {
      'run-once': { policy: 'run-once', upTo: 1, withinMs: null },
      'Run-Once  within 1 day': { policy: 'run-once', upTo: 1, withinMs: 86_400_000 },
      'run-all': { policy: 'run-all', upTo: 100, withinMs: null },
      'run-all up to 20 within 2 hours': { policy: 'run-all', upTo: 20, withinMs: 7_200_000 },
      'skip within 5m': { policy: 'skip', upTo: 1, withinMs: 300_000 },
    };
    for (const [text, rule] of Object.entries(rules)) expect(parseMissed(text)).to.deep.equal(rule);
  });

  it('that skips allows for a fire that is late by up to a minute', () => {
    expect(parseMissed('skip')).to.deep.equal({ policy: 'skip', upTo: 1, withinMs: 60_000 });
  });

  it('is refused with the nearest that would do', () => {
    const faults: [text: string, suggestion: string, ...words: string[]][] = [
      ['', 'run-once', '""', '"run-all"'],
      ['run-al', 'run-all', '"run-al"'],
      ['run-once up to 3', 'run-all up to 100', '"up to" goes with "run-all"'],
      ['run-all up to 0', 'run-all up to 100', '"0"', '1 to 1000'],
      ['run-all up to 5000', 'run-all up to 1000', '"5000"'],
      ['skip within 5', 'skip within 5s', '"5"'],
      ['skip please', 'skip', '"please"'],
    ];
    for (const [text, suggestion, ...words] of faults) {
      const fault = faultOf(() => parseMissed(text), text);
      for (const word of words) expect(fault.message, text).to.contain(word);
      expect(fault.suggestion, text).to.equal(suggestion);
      expect(() => parseMissed(suggestion)).not.to.throw();
    }
  });
});

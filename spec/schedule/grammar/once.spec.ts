import { expect } from 'chai';
import { parseSpec } from '../../../src/schedule/grammar/parse-spec.ts';
import { refusalOf } from './refusal-of.ts';

describe('A spec for one fire', () => {
  it('names a date and a time on the clocks of the zone', () => {
    const at = { date: '2026-12-01', time: '10:00:00' };
    for (const spec of ['at 2026-12-01 10:00', 'AT 2026-12-1  10:00:00', 'at 2026-12-01T10:00']) {
      expect(parseSpec(spec).recurrence).to.deep.equal({ kind: 'once', at });
    }
  });

  it('with an offset is an instant', () => {
    const at = { instant: Date.UTC(2026, 11, 1, 9) };
    for (const spec of ['at 2026-12-01T10:00+01:00', 'at 2026-12-01 09:00Z', 'at 2026-12-01T09:00:00.000z']) {
      expect(parseSpec(spec).recurrence).to.deep.equal({ kind: 'once', at });
    }
  });

  it('names how long to wait', () => {
    const waits = {
      'in 10 minutes': 600_000,
      'in 1 hour': 3_600_000,
      'IN 90 second': 90_000,
      'in 2 weeks': 1_209_600_000,
    };
    for (const [spec, afterMs] of Object.entries(waits)) {
      expect(parseSpec(spec).recurrence).to.deep.equal({ kind: 'once', at: { afterMs } });
    }
  });

  it('is refused with the nearest that would do', () => {
    const faults: [spec: string, suggestion: string, ...words: string[]][] = [
      ['at 2026-12-01', 'at 2026-12-01 00:00', '"2026-12-01" is a day without a time of day'],
      ['at 2026-13-01 10:00', 'at 2026-12-01 10:00', '"2026-13-01 10:00"', 'no calendar'],
      ['at 2026-02-30 10:00', 'at 2026-02-28 10:00', 'no calendar'],
      ['at 2026-12-01 24:00', 'at 2026-12-02 00:00', '00:00 to 23:59'],
      ['at 01.12.2026 10:00', 'at 2026-12-01 10:00', '"01.12.2026 10:00"'],
      ['at 2026-12-01 10:00+99:00', 'at 2026-12-01 10:00', '"+99:00"'],
      ['in 10 min', 'in 10 minutes', '"min" is not a unit'],
      ['in 0 minutes', 'in 10 minutes', '"0"'],
      ['in 1.5 hours', 'in 90 minutes', '"1.5"'],
      ['in 10', 'in 10 minutes', 'the unit is missing'],
      ['in an hour', 'in 1 hour', '"an hour"'],
      ['in 200 years', 'in 10 minutes', '"years"'],
      ['in 60000 days', 'in 10 minutes', '100 years'],
      ['tomorrow at 10:00', 'in 1 day'],
    ];
    for (const [spec, suggestion, ...words] of faults) {
      const fault = refusalOf(spec);
      for (const word of words) expect(fault.message, spec).to.contain(word);
      expect(fault.suggestion, spec).to.equal(suggestion);
      expect(() => parseSpec(suggestion), spec).not.to.throw();
    }
  });
});

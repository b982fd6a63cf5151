import { expect } from 'chai';
import {
  duration,
  fileSize,
  toTheMinute,
  toTheSecond,
} from '../../../../../src/http/dialects/scrapyd/pages/formats.ts';

describe("the pages' formats", () => {
  it('have times without fractions', () => {
    const at = new Date(2012, 8, 12, 10, 14, 3, 594).getTime();
    expect(toTheSecond(at)).to.equal('2012-09-12 10:14:03');
    expect(toTheMinute(at)).to.equal('2012-09-12 10:14');
  });

  it('have durations as Python prints them', () => {
    const second = 1000;
    const hour = 3600 * second;
    expect(duration(0)).to.equal('0:00:00');
    expect(duration(5999)).to.equal('0:00:05');
    expect(duration(12 * hour + 34 * 60 * second + 56 * second)).to.equal('12:34:56');
    expect(duration(24 * hour - 1)).to.equal('23:59:59');
    expect(duration(26 * hour)).to.equal('1 day, 2:00:00');
    expect(duration(240 * hour + 5 * second)).to.equal('10 days, 0:00:05');
    expect(duration(-5000)).to.equal('0:00:00');
  });

  it('have sizes in the largest unit, rounded down', () => {
    const sizes = [0, 1023, 1024, 2047, 2 ** 20 - 1, 2 ** 20, 2 ** 30 - 1, 2 ** 30, 5 * 2 ** 40];
    expect(sizes.map(fileSize)).to.deep.equal([
      '0B',
      '1023B',
      '1K',
      '1K',
      '1023K',
      '1M',
      '1023M',
      '1G',
      '5120G',
    ]);
  });
});

import { expect } from 'chai';
import { timestamp } from '../../src/http/timestamp.ts';

describe('a timestamp', () => {
  it('is local time with six digits after the point', () => {
    expect(timestamp(new Date(2017, 0, 2, 3, 4, 5, 6).getTime())).to.equal('2017-01-02 03:04:05.006000');
    expect(timestamp(new Date(2017, 11, 31, 23, 59, 59, 0).getTime())).to.equal('2017-12-31 23:59:59.000000');
  });
});

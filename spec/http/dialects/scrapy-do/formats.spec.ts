import { expect } from 'chai';
import { timestamp, uptime } from '../../../../src/http/dialects/scrapy-do/formats.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("Scrapy Do's formats", () => {
  it('leave out the parts of an uptime that are zero', () => {
    expect(uptime(DAY + 12 * MINUTE + 24 * SECOND)).to.equal('1d 12m 24s');
    expect(uptime(0)).to.equal('0s');
    expect(uptime(59_999)).to.equal('59s');
    expect(uptime(HOUR)).to.equal('1h 0s');
    expect(uptime(400 * DAY + 23 * HOUR + 59 * MINUTE + 59 * SECOND)).to.equal('400d 23h 59m 59s');
  });

  it('give a time in local time with six digits after the point', () => {
    expect(timestamp(new Date(2017, 0, 2, 3, 4, 5, 6).getTime())).to.equal('2017-01-02 03:04:05.006000');
    expect(timestamp(new Date(2017, 11, 31, 23, 59, 59, 0).getTime())).to.equal('2017-12-31 23:59:59.000000');
  });
});

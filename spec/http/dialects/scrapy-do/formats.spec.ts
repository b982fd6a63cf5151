import { expect } from 'chai';
import { uptime } from '../../../../src/http/dialects/scrapy-do/formats.ts';

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
});

import { expect } from 'chai';
import { Attempts } from '../../src/access/attempts.ts';

const FREE = 10;

describe('wrong keys and passwords', () => {
  let attempts: Attempts;
  beforeEach(() => {
    attempts = new Attempts();
  });
  const fail = (address: string, times: number, now = 0) => {
    for (let time = 0; time < times; time++) attempts.failed(address, now);
  };

  it('cost nothing at first, then a pause that grows to four seconds', () => {
    fail('192.0.2.1', FREE - 1);
    expect(attempts.book('192.0.2.1', 0)).to.equal(0);
    const waits = Array.from({ length: 8 }, () => {
      attempts.failed('192.0.2.1', 0);
      return attempts.book('192.0.2.1', 0) ?? Infinity;
    });
    expect(waits[0]).to.equal(250);
    expect([...waits].sort((a, b) => a - b)).to.deep.equal(waits);
    fail('192.0.2.2', 100);
    expect(attempts.book('192.0.2.2', 0)).to.equal(4000);
  });

  it('wait one behind the other, also when they come at once, and are refused when too many wait', () => {
    fail('192.0.2.1', 100);
    const waits = Array.from({ length: 5 }, () => attempts.book('192.0.2.1', 0));
    expect(waits).to.deep.equal([4000, 8000, null, null, null]);
    expect(attempts.book('192.0.2.1', 12_000)).to.equal(0);
    expect(attempts.book('192.0.2.1', 12_000)).to.equal(4000);
  });

  it('slow down their own address only, which in IPv6 is the whole of a network', () => {
    fail('2001:db8:0:7::1', 100);
    for (const same of ['2001:db8:0:7:ffff::2', '2001:db8::7:0:0:0:9', '2001:db8:0:7::3%eth0']) {
      expect(attempts.book(same, 0), same).to.not.equal(0);
    }
    for (const other of ['2001:db8:0:8::1', '::1', '192.0.2.1', 'unix']) {
      expect(attempts.book(other, 0), other).to.equal(0);
    }
    fail('::ffff:192.0.2.1', 100);
    expect(attempts.book('192.0.2.1', 0)).to.not.equal(0);
  });

  it('are forgotten after ten minutes, or after a clock was set back', () => {
    fail('192.0.2.1', 100, 1_000_000);
    attempts.book('192.0.2.1', 1_000_000 + 600_000);
    expect(attempts.book('192.0.2.1', 1_000_000 + 600_000)).to.not.equal(0);
    expect(attempts.book('192.0.2.1', 1_000_000 + 600_001)).to.equal(0);
    expect(attempts.book('192.0.2.1', 0)).to.equal(0);
  });

  it('of ten thousand addresses are remembered, those that failed last', () => {
    fail('first', FREE);
    fail('again', FREE);
    for (let index = 0; index < 9_999; index++) fail(`other ${index}`, 1);
    expect(attempts.book('first', 0)).to.equal(0);
    expect(attempts.book('again', 0)).to.equal(250);
  });
});

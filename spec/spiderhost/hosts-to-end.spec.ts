import { expect } from 'chai';
import fc from 'fast-check';
import { hostsToEnd } from '../../src/spiderhost/hosts-to-end.ts';

describe('the hosts to end', () => {
  const bytes = new Map([
    ['a', 10],
    ['b', 20],
    ['c', 30],
  ]);

  const cases: [string[], number, string[], string][] = [
    [['a', 'b', 'c'], 60, [], 'are none while the limit is kept'],
    [['a', 'b', 'c'], 59, ['a'], 'are those that were idle first'],
    [['c', 'b', 'a'], 59, ['c'], 'are those that were idle first, however large'],
    [['a', 'b', 'c'], 30, ['a', 'b'], 'are as many as it takes'],
    [['b'], 10, ['b'], 'are idle ones only, also if these do not suffice'],
    [[], 0, [], 'are none while all have runs'],
    [['a', 'b', 'c'], Infinity, [], 'are none without a limit'],
  ];
  for (const [idle, limit, ending, name] of cases) {
    it(name, () => {
      expect(hostsToEnd(bytes, idle, limit)).to.deep.equal(ending);
    });
  }

  it('leave the limit kept or no idle host, and one more of them would not have been needed', () => {
    const sizes = fc.array(fc.record({ size: fc.nat(100), isIdle: fc.boolean() }), { maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.nat(400), (hosts, limit) => {
        const all = new Map(hosts.map((host) => [host, host.size]));
        const idle = hosts.filter(({ isIdle }) => isIdle);
        const ending = hostsToEnd(all, idle, limit);
        expect(ending).to.deep.equal(idle.slice(0, ending.length));
        const rest = (ended: number) =>
          hosts
            .filter((host) => !idle.slice(0, ended).includes(host))
            .reduce((sum, { size }) => sum + size, 0);
        expect(rest(ending.length) <= limit || ending.length === idle.length).to.equal(true);
        if (ending.length > 0) expect(rest(ending.length - 1)).to.be.above(limit);
      }),
    );
  });
});

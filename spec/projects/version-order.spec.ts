import { expect } from 'chai';
import { orderNamed, orderVersions } from '../../src/projects/version-order.ts';

describe('the order of versions', () => {
  const inOrder = (...names: string[]) =>
    orderNamed(names.map((name, pushedAt) => ({ name, pushedAt }))).map(({ name }) => name);

  it('is that of PEP 440 where all names are such', () => {
    const names = [
      '1.10',
      '1.9',
      '1.9rc1',
      '1.9.dev2',
      '1.9.post1',
      '1!0.1',
      '1.9a3',
      '2026.11.22',
      'v2',
      '0',
    ];
    expect(inOrder(...names)).to.deep.equal([
      ...['0', '1.9.dev2', '1.9a3', '1.9rc1', '1.9', '1.9.post1', '1.10', 'v2', '2026.11.22', '1!0.1'],
    ]);
  });

  it('is alphabetical where one is not', () => {
    expect(inOrder('r99', '10', '9', 'r156')).to.deep.equal(['10', '9', 'r156', 'r99']);
    expect(inOrder('b', 'B', 'é', '\u{1F577}', '\uFFFD')).to.deep.equal([
      'B',
      'b',
      'é',
      '\uFFFD',
      '\u{1F577}',
    ]);
  });

  it('puts the last pushed of equal ones behind', () => {
    expect(inOrder('1.0.0', '1.0', '1')).to.deep.equal(['1.0.0', '1.0', '1']);
    expect(inOrder('1', '1.0', '1.0.0')).to.deep.equal(['1', '1.0', '1.0.0']);
  });

  it('sorts whatever numbers there are', () => {
    expect(inOrder('99999999999999999999', '1763795264', ' 2 ', '20261122123456')).to.deep.equal([
      ...[' 2 ', '1763795264', '20261122123456', '99999999999999999999'],
    ]);
  });

  it('has the current one last, and one that nobody named before the others unless it is that', () => {
    const versions = [
      { id: 1, name: '1.0', named: true, pushedAt: 1 },
      { id: 2, name: '1700000000', named: false, pushedAt: 2 },
      { id: 3, name: '0.9', named: true, pushedAt: 3 },
    ];
    expect(orderVersions(versions, 1).map(({ id }) => id)).to.deep.equal([2, 3, 1]);
    expect(orderVersions(versions, 2).map(({ id }) => id)).to.deep.equal([3, 1, 2]);
  });
});

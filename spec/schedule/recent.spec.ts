import { expect } from 'chai';
import { Recent } from '../../src/schedule/recent.ts';

describe('What was made last', () => {
  it('is not made again, and the oldest is forgotten for the newest', () => {
    const recent = new Recent<string>(2);
    const made: string[] = [];
    const get = (key: string): string =>
      recent.get(key, () => {
        made.push(key);
        return key.toUpperCase();
      });
    expect(['a', 'a', 'b', 'a', 'c', 'b', 'c', 'a'].map(get).join('')).to.equal('AABACBCA');
    expect(made).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  it('is not remembered where making it fails', () => {
    const recent = new Recent<number>(2);
    const fail = (): number => {
      throw new Error('not now');
    };
    expect(() => recent.get('a', fail)).to.throw('not now');
    expect(recent.get('a', () => 1)).to.equal(1);
  });
});

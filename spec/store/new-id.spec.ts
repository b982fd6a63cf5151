import { expect } from 'chai';
import { newId } from '../../src/store/sqlite/new-id.ts';

describe('the UUIDs of jobs and schedules', () => {
  const at = Date.UTC(2026, 0, 1);

  it('are of version 7, and never the same', () => {
    const ids = Array.from({ length: 1000 }, () => newId(at));
    for (const id of ids) {
      expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('are in the order of time, with which they begin', () => {
    const ids = [0, 1, 2 ** 32, at, at + 1, at + 86_400_000].map(newId);
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(ids[0]).to.match(/^00000000-0000-7/);
  });
});

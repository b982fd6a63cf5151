import { expect } from 'chai';
import fc from 'fast-check';
import { TimerWheel } from '../../../src/schedule/time/wheel.ts';

const START = Date.parse('2026-06-02T09:00:05Z');
const YEAR_MS = 365 * 86_400_000;

/** What a wheel does, done with a plain list. */
class SortedList {
  #entries: { id: string; at: number }[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get first(): number {
    return Math.min(...this.#entries.map(({ at }) => at));
  }

  insert(id: string, at: number): void {
    this.cancel(id);
    this.#entries.push({ id, at });
  }

  cancel(id: string): boolean {
    const { length } = this.#entries;
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    return this.#entries.length < length;
  }

  advance(now: number): string[] {
    const due = this.#entries.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    this.#entries = this.#entries.filter(({ at }) => at > now);
    return due.map(({ id }) => id);
  }
}

/** Spans of every order of size, from the same millisecond to beyond the wheel's reach. */
const spans = fc.oneof(
  fc.nat(40),
  fc.nat(40_000),
  fc.nat(86_400_000),
  fc.nat(YEAR_MS),
  fc.nat(200 * YEAR_MS),
  fc.integer({ min: 0, max: 10 }).map((power) => 2 ** (5 * power)),
);
const steps = fc.oneof({ weight: 4, arbitrary: spans }, { weight: 1, arbitrary: spans.map((span) => -span) });
const ids = fc.nat(30).map(String);
const operations = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('insert' as const), id: ids, ahead: steps }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id: ids }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), by: steps }) },
);

describe('The timer wheel', () => {
  it('does what a sorted list does, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(operations, { maxLength: 80 }), (todo) => {
        const wheel = new TimerWheel(START);
        const list = new SortedList();
        let now = START;
        for (const operation of todo) {
          if (operation.kind === 'insert') {
            wheel.insert(operation.id, now + operation.ahead);
            list.insert(operation.id, now + operation.ahead);
          } else if (operation.kind === 'cancel') {
            expect(wheel.cancel(operation.id)).to.equal(list.cancel(operation.id));
          } else {
            now += operation.by;
            expect(wheel.advance(now)).to.deep.equal(list.advance(now));
          }
          expect(wheel.size).to.equal(list.size);
          if (list.size === 0) expect(wheel.nextAt()).to.equal(null);
          else expect(wheel.nextAt()).to.be.at.most(Math.max(now, list.first));
        }
        expect(wheel.advance(now + 10_000 * YEAR_MS)).to.deep.equal(list.advance(now + 10_000 * YEAR_MS));
      }),
      { numRuns: 1500 },
    );
  });

  it('hands out each id at its millisecond when it is advanced to what comes next, in few steps', () => {
    fc.assert(
      fc.property(fc.array(spans, { minLength: 1, maxLength: 30 }), (aheads) => {
        const wheel = new TimerWheel(START);
        for (const [i, ahead] of aheads.entries()) wheel.insert(String(i), START + ahead);
        const handedOut: number[] = [];
        let stepsTaken = 0;
        for (let next = wheel.nextAt(); next !== null; next = wheel.nextAt()) {
          for (const id of wheel.advance(next)) {
            expect(next).to.equal(START + aheads[Number(id)]!);
            handedOut.push(next - START);
          }
          stepsTaken++;
        }
        expect(handedOut).to.deep.equal(aheads.toSorted((a, b) => a - b));
        // An id comes down at most eight levels; beyond them, 35 years are a step.
        expect(stepsTaken).to.be.at.most(aheads.length * 9 + 1 + Math.max(...aheads) / 2 ** 40);
      }),
    );
  });

  it('hands out the ids of one instant in the order of their insertion', () => {
    const wheel = new TimerWheel(START);
    for (const id of ['c', 'a', 'b', 'c']) wheel.insert(id, START + 5000);
    wheel.insert('past', START - 1);
    wheel.advance(START);
    wheel.advance(START + 4999);
    expect(wheel.advance(START + 5000)).to.deep.equal(['a', 'b', 'c']);
  });

  it('holds an id once', () => {
    const wheel = new TimerWheel(START);
    wheel.insert('a', START + 10);
    wheel.insert('a', START + 20);
    expect(wheel.size).to.equal(1);
    expect(wheel.advance(START + 19)).to.be.empty;
    expect(wheel.advance(START + 20)).to.deep.equal(['a']);
    expect(wheel.advance(START + 20)).to.be.empty;
    expect(wheel.cancel('a')).to.equal(false);
  });

  it('waits again after a step back, also for what was past already', () => {
    const wheel = new TimerWheel(START);
    wheel.insert('soon', START + 1000);
    wheel.insert('past', START - 1000);
    expect(wheel.advance(START - 5000)).to.be.empty;
    expect(wheel.advance(START - 1001)).to.be.empty;
    expect(wheel.advance(START - 1000)).to.deep.equal(['past']);
    expect(wheel.advance(START + 1000)).to.deep.equal(['soon']);
  });

  it('leaps over empty time', () => {
    const wheel = new TimerWheel(START);
    let now = START;
    for (let month = 1; month <= 20_000; month++) {
      wheel.insert(String(month), now + 30 * 86_400_000);
      now += 30 * 86_400_000;
      expect(wheel.advance(now)).to.deep.equal([String(month)]);
    }
  });

  it('refuses what is no instant', () => {
    const wheel = new TimerWheel(START);
    for (const at of [NaN, Infinity, 0.5, 2 ** 53]) {
      expect(() => {
        wheel.insert('a', at);
      }).to.throw(RangeError, `"${at}"`);
      expect(() => wheel.advance(at)).to.throw(RangeError);
    }
    expect(wheel.size).to.equal(0);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { Alarm } from '../../../src/schedule/time/alarm.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const START = Date.parse('2026-06-02T09:00:05Z');
const DAY_MS = 86_400_000;

/** An alarm that goes on through a list of instants, as the scheduler does through its wheel. */
function alarmFor(clock: FakeClock, instants: number[]): { alarm: Alarm; wakes: number[] } {
  const wakes: number[] = [];
  const alarm = new Alarm({
    clock,
    nextAt: () => instants[0] ?? null,
    wake: (now) => {
      wakes.push(now);
      while (instants[0] !== undefined && instants[0] <= now) instants.shift();
      alarm.arm();
    },
  });
  return { alarm, wakes };
}

describe('The alarm', () => {
  it('wakes when it is time, and sets no timer when there is nothing to wait for', () => {
    const clock = new FakeClock(START);
    const { alarm, wakes } = alarmFor(clock, [START + 1234, START + 5000]);
    alarm.arm();
    clock.pass(60_000);
    expect(wakes).to.deep.equal([START + 1234, START + 5000]);
    expect(clock.armed).to.equal(0);
  });

  it('never sleeps longer than 30 s, and reads the wall clock again on waking', () => {
    const clock = new FakeClock(START);
    const { alarm, wakes } = alarmFor(clock, [START + DAY_MS]);
    alarm.arm();
    clock.pass(10_000);
    clock.step(DAY_MS);
    clock.pass(20_000);
    expect(wakes).to.deep.equal([START + DAY_MS + 30_000]);
    expect(clock.sleeps).to.deep.equal([30_000]);
  });

  it('has one timer, however often it is armed and whatever it waits for', () => {
    const spans = fc.oneof(fc.nat(100), fc.nat(100_000), fc.nat(1000 * DAY_MS), fc.constant(-DAY_MS));
    fc.assert(
      fc.property(fc.array(spans, { minLength: 1, maxLength: 20 }), fc.nat(10), (aheads, times) => {
        const clock = new FakeClock(START);
        const { alarm } = alarmFor(
          clock,
          aheads.map((ahead) => START + ahead).sort((a, b) => a - b),
        );
        for (let i = 0; i <= times; i++) alarm.arm();
        for (let i = 0; i < 20; i++) {
          expect(clock.armed).to.be.at.most(1);
          clock.pass(7000);
        }
        for (const sleep of clock.sleeps) expect(sleep).to.be.within(0, 30_000);
      }),
    );
  });

  it('wakes at once for what is past', () => {
    const clock = new FakeClock(START);
    const { alarm, wakes } = alarmFor(clock, [START - DAY_MS]);
    alarm.arm();
    expect(wakes).to.be.empty;
    clock.pass(1);
    expect(wakes).to.deep.equal([START + 1]);
  });

  it('is silent once disarmed', () => {
    const clock = new FakeClock(START);
    const { alarm, wakes } = alarmFor(clock, [START + 1000]);
    alarm.arm();
    alarm.disarm();
    clock.pass(60_000);
    expect(wakes).to.be.empty;
    expect(clock.armed).to.equal(0);
  });
});

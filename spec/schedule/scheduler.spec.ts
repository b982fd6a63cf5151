import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import { firstFire } from '../../src/schedule/next-fire.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { parseSpec } from '../../src/schedule/spec.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeScheduleStore } from './fake-schedule-store.ts';

const START = Date.parse('2026-06-02T09:00:05Z');
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A daemon's scheduler with all that it needs, and what came out of it. */
function setUp() {
  const clock = new FakeClock(START);
  const store = new FakeScheduleStore();
  const jobs: string[] = [];
  const logged: string[] = [];
  const log = {
    info: (_details: object, message: string) => logged.push(`info: ${message}`),
    warn: (_details: object, message: string) => logged.push(`warn: ${message}`),
    error: (_details: object, message: string) => logged.push(`error: ${message}`),
  };
  const onJob = { run: ({ id }: { id: string }): void => void jobs.push(id) };
  const makeScheduler = (): Scheduler =>
    new Scheduler({
      store,
      clock,
      random: () => 0.5,
      zone: 'UTC',
      onJob: (job) => {
        onJob.run(job);
      },
      log,
    });
  const scheduler = makeScheduler();
  /** A request that comes now. */
  const request = (id: string, when: string): Schedule => {
    const spec = parseSpec(when);
    if (spec.kind === 'now') throw new Error('"now" is no recurrence');
    const at = clock.now();
    const schedule = store.put(id, when, at, firstFire(spec, { at, zone: 'UTC', random: () => 0.5 }));
    scheduler.add(schedule);
    return schedule;
  };
  return { clock, store, jobs, logged, onJob, makeScheduler, scheduler, request };
}

function fire(id: string, sinceStart: number): string {
  return `${id} ${new Date(START + sinceStart).toISOString()}`;
}

function count(logged: string[], start: string): number {
  return logged.filter((line) => line.startsWith(start)).length;
}

describe('The scheduler', () => {
  it('makes the jobs of every schedule to the millisecond, without drift', () => {
    const { clock, store, jobs, scheduler, request } = setUp();
    scheduler.start();
    request('ten', 'every 10 minutes');
    request('ninety', 'every 90 minutes');
    clock.pass(90 * MINUTE_MS);
    const tens = Array.from({ length: 9 }, (_, i) => fire('ten', (i + 1) * 10 * MINUTE_MS));
    expect(store.fires).to.have.members([...tens, fire('ninety', 90 * MINUTE_MS)]);
    expect(store.madeAt.map((at) => (at - START) / MINUTE_MS)).to.deep.equal([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 90,
    ]);
    expect(jobs).to.have.length(10);
  });

  it('counts from the planned time when a fire is made late', () => {
    const { clock, store, scheduler, request } = setUp();
    scheduler.start();
    request('a', 'every 10 seconds');
    clock.pass(9 * SECOND_MS);
    clock.step(3 * SECOND_MS);
    clock.pass(10 * SECOND_MS);
    expect(store.fires).to.deep.equal([fire('a', 10 * SECOND_MS), fire('a', 20 * SECOND_MS)]);
    expect(store.madeAt[0]).to.be.greaterThan(START + 10 * SECOND_MS);
    expect(store.madeAt[1]).to.equal(START + 20 * SECOND_MS);
  });

  it('fires once, at once, for all that was missed while the daemon was down', () => {
    const { clock, store, scheduler } = setUp();
    store.put('hourly', 'every hour', START - 50 * HOUR_MS, START - 47 * HOUR_MS - MINUTE_MS);
    store.put('daily', 'every day at 10:30', START - 50 * DAY_MS, START - 30 * DAY_MS);
    scheduler.start();
    clock.pass(1);
    expect(store.fires).to.deep.equal([
      fire('daily', -30 * DAY_MS),
      fire('hourly', -47 * HOUR_MS - MINUTE_MS),
    ]);
    clock.pass(2 * HOUR_MS);
    expect(store.fires.slice(2)).to.deep.equal([
      fire('hourly', 59 * MINUTE_MS),
      'daily 2026-06-02T10:30:00.000Z',
      fire('hourly', 119 * MINUTE_MS),
    ]);
  });

  it('fires once for all that was missed while the machine was asleep', () => {
    const { clock, store, scheduler, request } = setUp();
    scheduler.start();
    request('a', 'every minute');
    clock.step(30 * DAY_MS + 10 * SECOND_MS);
    clock.pass(31 * SECOND_MS);
    expect(store.fires).to.deep.equal([fire('a', MINUTE_MS)]);
    clock.pass(30 * SECOND_MS);
    expect(store.fires.slice(1)).to.deep.equal([fire('a', 30 * DAY_MS + MINUTE_MS)]);
  });

  it('keeps the plan over a restart', () => {
    const { clock, store, scheduler, makeScheduler, request } = setUp();
    scheduler.start();
    request('a', 'every 10 minutes');
    clock.pass(15 * MINUTE_MS);
    scheduler.stop();
    expect(clock.armed).to.equal(0);
    clock.pass(2 * MINUTE_MS);
    const again = makeScheduler();
    again.start();
    again.start();
    expect(clock.armed).to.equal(1);
    clock.pass(13 * MINUTE_MS);
    expect(store.fires).to.deep.equal([10, 20, 30].map((minutes) => fire('a', minutes * MINUTE_MS)));
    again.stop();
    clock.pass(DAY_MS);
    expect(store.fires).to.have.length(3);
  });

  it('never repeats a fire and never goes silent when the wall clock is stepped', () => {
    const steps = fc.array(
      fc.record({ pass: fc.nat(20 * MINUTE_MS), step: fc.integer({ min: -DAY_MS, max: DAY_MS }) }),
      {
        maxLength: 10,
      },
    );
    fc.assert(
      fc.property(steps, fc.constantFrom('every 10 minutes', 'every 5 to 20 minutes'), (changes, when) => {
        const { clock, store, scheduler, request } = setUp();
        scheduler.start();
        request('a', when);
        for (const { pass, step } of changes) {
          clock.pass(pass);
          clock.step(step);
        }
        expect(new Set(store.fires)).to.have.length(store.fires.length);
        const before = store.fires.length;
        // One interval, and the longest sleep in which the step goes unseen.
        clock.pass(20 * MINUTE_MS + 30 * SECOND_MS);
        expect(store.fires.length).to.be.greaterThan(before);
      }),
    );
  });

  it('pulls an interval in, and leaves the calendar alone, after a step back', () => {
    const { clock, store, logged, scheduler, request } = setUp();
    scheduler.start();
    request('interval', 'every 10 minutes');
    request('daily', 'every day at 10:30');
    clock.pass(MINUTE_MS);
    clock.step(-5 * DAY_MS);
    clock.pass(30 * SECOND_MS);
    // One interval from when the step was seen, at the latest after the longest sleep.
    const ahead = (store.schedule('interval')?.nextFireAt ?? 0) - clock.now();
    expect(ahead).to.be.within(10 * MINUTE_MS - 30 * SECOND_MS, 10 * MINUTE_MS);
    expect(store.schedule('daily')?.nextFireAt).to.equal(Date.parse('2026-06-02T10:30:00Z'));
    expect(logged).to.deep.equal(['warn: the wall clock was stepped back']);
  });

  it('pulls an interval in that the clock was stepped away from while the daemon was down', () => {
    const { clock, store, scheduler } = setUp();
    store.put('a', 'every minute', START + DAY_MS, START + DAY_MS + MINUTE_MS);
    scheduler.start();
    clock.pass(MINUTE_MS);
    expect(store.fires).to.deep.equal([fire('a', MINUTE_MS)]);
  });

  it('moves on without a job when the fire was made before', () => {
    const { clock, store, jobs, scheduler, request } = setUp();
    store.fires.push(fire('a', MINUTE_MS));
    scheduler.start();
    request('a', 'every minute');
    clock.pass(MINUTE_MS);
    expect(jobs).to.be.empty;
    clock.pass(MINUTE_MS);
    expect(jobs).to.have.length(1);
  });

  it('makes no job of a canceled schedule, canceled here or beside the daemon', () => {
    const { clock, store, scheduler, request } = setUp();
    scheduler.start();
    request('here', 'every minute');
    request('beside', 'every minute');
    store.cancel('here');
    scheduler.remove('here');
    store.cancel('beside');
    clock.pass(DAY_MS);
    expect(store.fires).to.be.empty;
    expect(store.writes).to.equal(0);
    expect(clock.armed).to.equal(0);
  });

  it('lets a fire wait for a full disk without spinning, says so once, and makes it when there is room', () => {
    const { clock, store, jobs, logged, scheduler, request } = setUp();
    scheduler.start();
    request('a', 'every minute');
    request('b', 'every minute');
    store.failure = new UserError('storage-full', 'The disk is full.');
    clock.pass(MINUTE_MS + 18 * SECOND_MS);
    expect(store.writes).to.equal(2 * 4);
    expect(count(logged, 'error:')).to.equal(1);
    expect(jobs).to.be.empty;
    store.failure = null;
    clock.pass(2 * SECOND_MS);
    expect(store.fires).to.deep.equal([fire('a', MINUTE_MS), fire('b', MINUTE_MS)]);
    expect(logged.at(-1)).to.equal('info: no fire waits for the store any more');
    clock.pass(40 * SECOND_MS);
    expect(store.fires).to.have.length(4);
    expect(count(logged, 'error:')).to.equal(1);
    store.failure = new UserError('storage-full', 'The disk is full.');
    clock.pass(MINUTE_MS);
    expect(count(logged, 'error:')).to.equal(2);
  });

  it('lets a step back wait for a full disk too', () => {
    const { clock, store, logged, scheduler, request } = setUp();
    scheduler.start();
    request('a', 'every minute');
    store.failure = new UserError('storage-full', 'The disk is full.');
    clock.step(-DAY_MS);
    clock.pass(50 * SECOND_MS);
    expect(count(logged, 'error:')).to.equal(1);
    store.failure = null;
    clock.pass(MINUTE_MS + 5 * SECOND_MS);
    expect(store.fires).to.have.length(1);
  });

  it('looks again when the schedules could not be read after a step back', () => {
    const { clock, store, logged, scheduler, request } = setUp();
    scheduler.start();
    request('a', 'every minute');
    const scheduled = store.scheduled.bind(store);
    store.scheduled = () => {
      throw new Error('disk I/O error');
    };
    clock.step(-DAY_MS);
    clock.pass(31 * SECOND_MS);
    expect(count(logged, 'error:')).to.equal(1);
    store.scheduled = scheduled;
    clock.pass(2 * MINUTE_MS);
    expect(store.fires).not.to.be.empty;
  });

  it('leaves out a schedule that it cannot understand, and goes on with the others', () => {
    const { clock, store, logged, scheduler } = setUp();
    const odd = store.put('odd', 'every fortnight', START, START + MINUTE_MS);
    store.put('now', 'now', START, START + MINUTE_MS);
    store.put('good', 'every minute', START, START + MINUTE_MS);
    scheduler.start();
    scheduler.add(odd);
    clock.pass(MINUTE_MS);
    expect(store.fires).to.deep.equal([fire('good', MINUTE_MS)]);
    expect(logged).to.deep.equal(Array(3).fill('error: a schedule is left out'));
  });

  it('goes on when nobody can be woken for a job', () => {
    const { clock, store, logged, onJob, scheduler, request } = setUp();
    onJob.run = () => {
      throw new Error('nobody');
    };
    scheduler.start();
    request('a', 'every minute');
    clock.pass(2 * MINUTE_MS);
    expect(store.fires).to.have.length(2);
    expect(logged).to.deep.equal(Array(2).fill('error: a new job woke nobody'));
  });

  it('leaves the event loop its turns when very many fires are due, and loses none', () => {
    const { clock, store, onJob, scheduler } = setUp();
    const wanted: string[] = [];
    for (let i = 0; i < 300; i++) {
      store.put(`s${i}`, 'every day', START - DAY_MS, START - HOUR_MS + i);
      wanted.push(fire(`s${i}`, i - HOUR_MS));
    }
    // Each fire takes a millisecond.
    onJob.run = () => {
      clock.step(1);
    };
    scheduler.start();
    clock.pass(1);
    expect(store.fires).to.have.length(50);
    clock.pass(5);
    expect(store.fires).to.deep.equal(wanted);
  });

  it('makes no fire after it was stopped in the middle of them', () => {
    const { clock, store, onJob, scheduler } = setUp();
    for (const id of ['a', 'b']) store.put(id, 'every minute', START, START);
    onJob.run = () => {
      scheduler.stop();
    };
    scheduler.start();
    clock.pass(HOUR_MS);
    expect(store.fires).to.deep.equal([fire('a', 0)]);
    onJob.run = () => undefined;
    scheduler.start();
    clock.pass(1);
    expect(store.fires).to.have.length(3);
  });
});

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { UserError } from '../../src/errors.ts';
import type { Job } from '../../src/jobs/job.ts';
import { planOf } from '../../src/schedule/plan/plan.ts';
import { firstFire } from '../../src/schedule/plan/planned-fires.ts';
import { NO_RULES, type Schedule, type ScheduleRules } from '../../src/schedule/schedule.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
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
  const jobs: Job[] = [];
  const logged: string[] = [];
  const log = {
    info: (_details: object, message: string) => logged.push(`info: ${message}`),
    warn: (_details: object, message: string) => logged.push(`warn: ${message}`),
    error: (_details: object, message: string) => logged.push(`error: ${message}`),
  };
  const onJobs = { run: (_jobs: readonly Job[]): void => undefined };
  /** Jobs that were to end, and whether that was carried out. */
  const replaced: { id: string; isOver: boolean }[] = [];
  const replace = (old: readonly Job[]) => {
    const ending = old.map(({ id }) => ({ id, isOver: false }));
    replaced.push(...ending);
    return () => {
      for (const each of ending) each.isOver = true;
    };
  };
  const makeScheduler = (): Scheduler =>
    new Scheduler({
      store,
      clock,
      random: () => 0.5,
      zone: 'UTC',
      onJobs: (made) => {
        jobs.push(...made);
        onJobs.run(made);
      },
      replace,
      log,
    });
  const scheduler = makeScheduler();
  /** A request that comes now. */
  const request = (id: string, when: string, rules: Partial<ScheduleRules> = {}): Schedule => {
    const plan = planOf({ when, rules: { ...NO_RULES, ...rules } }, 'UTC');
    if (plan === 'now') throw new Error('"now" is no recurrence');
    const at = clock.now();
    const first = firstFire(plan, { at, random: () => 0.5 });
    if (first === null) throw new Error(`"${when}" never fires`);
    const { plannedAt, dueAt: nextFireAt } = first;
    const schedule = store.put(id, when, { anchorAt: at, plannedAt, nextFireAt, rules });
    scheduler.expect(schedule);
    return schedule;
  };
  /** The fires that became jobs, as `schedule instant`, in the order in which those were told. */
  const fires = () =>
    jobs.map(({ id, scheduleId }) => {
      const made = store.firesOf(scheduleId ?? '').find(({ job }) => job === id);
      return `${scheduleId} ${new Date(made?.plannedAt ?? 0).toISOString()}`;
    });
  return { clock, store, jobs, fires, logged, onJobs, replaced, makeScheduler, scheduler, request };
}

function fire(id: string, sinceStart: number): string {
  return `${id} ${new Date(START + sinceStart).toISOString()}`;
}

function count(logged: string[], start: string): number {
  return logged.filter((line) => line.startsWith(start)).length;
}

describe('The scheduler', () => {
  it('makes the jobs of every schedule to the millisecond, without drift', () => {
    const { clock, jobs, scheduler, request, fires } = setUp();
    scheduler.start();
    request('ten', 'every 10 minutes');
    request('ninety', 'every 90 minutes');
    clock.pass(90 * MINUTE_MS);
    const tens = Array.from({ length: 9 }, (_, i) => fire('ten', (i + 1) * 10 * MINUTE_MS));
    expect(fires()).to.have.members([...tens, fire('ninety', 90 * MINUTE_MS)]);
    expect(jobs.map(({ createdAt }) => (createdAt - START) / MINUTE_MS)).to.deep.equal([
      10, 20, 30, 40, 50, 60, 70, 80, 90, 90,
    ]);
    expect(jobs).to.have.length(10);
  });

  it('counts from the planned time when a fire is made late', () => {
    const { clock, jobs, scheduler, request, fires } = setUp();
    scheduler.start();
    request('a', 'every 10 seconds');
    clock.pass(9 * SECOND_MS);
    clock.step(3 * SECOND_MS);
    clock.pass(10 * SECOND_MS);
    expect(fires()).to.deep.equal([fire('a', 10 * SECOND_MS), fire('a', 20 * SECOND_MS)]);
    const [late, onTime] = jobs;
    expect(late?.lateMs)
      .to.equal((late?.createdAt ?? 0) - START - 10 * SECOND_MS)
      .and.greaterThan(0);
    expect(onTime).to.include({ createdAt: START + 20 * SECOND_MS, lateMs: 0 });
  });

  it('fires once, at once, for all that was missed while the daemon was down', () => {
    const { clock, store, scheduler, fires } = setUp();
    const missedSince = START - 47 * HOUR_MS - MINUTE_MS;
    store.put('hourly', 'every hour', { anchorAt: missedSince - HOUR_MS, plannedAt: missedSince });
    scheduler.start();
    clock.pass(1);
    expect(fires()).to.deep.equal([fire('hourly', -MINUTE_MS)]);
    clock.pass(2 * HOUR_MS);
    expect(fires().slice(1)).to.deep.equal([fire('hourly', 59 * MINUTE_MS), fire('hourly', 119 * MINUTE_MS)]);
    expect(store.firesOf('hourly').slice(0, 2)).to.containSubset([
      {
        ...{ plannedAt: missedSince, untilAt: START - HOUR_MS - MINUTE_MS, count: 47, job: null },
        reason: 'missed: the latest one stands for it',
      },
      { plannedAt: START - MINUTE_MS, lateMs: MINUTE_MS + 1, reason: null },
    ]);
  });

  it('fires once for all that was missed while the machine was asleep', () => {
    const { clock, scheduler, request, fires } = setUp();
    scheduler.start();
    request('a', 'every minute');
    clock.step(30 * DAY_MS + 10 * SECOND_MS);
    clock.pass(31 * SECOND_MS);
    expect(fires()).to.deep.equal([fire('a', 30 * DAY_MS)]);
    clock.pass(30 * SECOND_MS);
    expect(fires().slice(1)).to.deep.equal([fire('a', 30 * DAY_MS + MINUTE_MS)]);
  });

  it('makes up for what was missed as the schedule says', () => {
    const { clock, store, scheduler, fires } = setUp();
    const dayBefore = { anchorAt: START - DAY_MS, plannedAt: START - 23 * HOUR_MS - 30 * MINUTE_MS };
    for (const [id, missed] of Object.entries({
      skip: 'skip',
      all: 'run-all',
      three: 'run-all up to 3',
      soon: 'run-all within 2 hours',
    }))
      store.put(id, 'every hour', { ...dayBefore, rules: { missed } });
    scheduler.start();
    clock.pass(1);
    const latest = (id: string, count: number) =>
      Array.from({ length: count }, (_, i) => fire(id, -30 * MINUTE_MS - (count - 1 - i) * HOUR_MS));
    expect(fires()).to.deep.equal([...latest('all', 24), ...latest('three', 3), ...latest('soon', 2)]);
    expect(store.firesOf('skip')).to.containSubset([
      { plannedAt: dayBefore.plannedAt, untilAt: START - 30 * MINUTE_MS, count: 24, job: null },
    ]);
    expect(store.firesOf('three')[0]).to.include({
      count: 21,
      reason: 'missed: only the latest 3 are made up for',
    });
    expect(store.firesOf('soon')[0]).to.include({ count: 22, reason: 'missed by more than 2 hours' });
  });

  it('makes at once what the timers have not told of yet when a schedule is about to be changed', () => {
    const { clock, store, scheduler, request, fires } = setUp();
    request('a', 'every hour');
    scheduler.catchUp('a');
    expect(store.writes).to.equal(0);
    scheduler.start();
    clock.step(2 * HOUR_MS);
    scheduler.catchUp('a');
    scheduler.catchUp('none');
    expect(fires()).to.deep.equal([fire('a', 2 * HOUR_MS)]);
    clock.pass(HOUR_MS);
    expect(fires()).to.have.length(2);
  });

  it('keeps the plan over a restart', () => {
    const { clock, scheduler, makeScheduler, request, fires } = setUp();
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
    expect(fires()).to.deep.equal([10, 20, 30].map((minutes) => fire('a', minutes * MINUTE_MS)));
    again.stop();
    clock.pass(DAY_MS);
    expect(fires()).to.have.length(3);
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
        const { clock, scheduler, request, fires } = setUp();
        scheduler.start();
        request('a', when);
        for (const { pass, step } of changes) {
          clock.pass(pass);
          clock.step(step);
        }
        expect(new Set(fires())).to.have.length(fires().length);
        const before = fires().length;
        // One interval, and the longest sleep in which the step goes unseen.
        clock.pass(20 * MINUTE_MS + 30 * SECOND_MS);
        expect(fires().length).to.be.greaterThan(before);
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

  it('is on time when the clock is stepped back while it reads very many schedules at its start', () => {
    const { clock, store, scheduler, jobs } = setUp();
    const put = (id: string, plannedAt: number) =>
      store.put(id, 'every day', { anchorAt: plannedAt - DAY_MS, plannedAt });
    for (let i = 0; i < 30; i++) put(`missed${i}`, START - HOUR_MS);
    for (let i = 0; i < 8000; i++) put(`s${i}`, START + HOUR_MS);
    put('last', START);
    // Each fire takes a millisecond, so that some are still due after the first turn.
    const makeFires = store.makeFires.bind(store);
    store.makeFires = (made) => {
      clock.step(1);
      return makeFires(made);
    };
    scheduler.start();
    clock.pass(1);
    clock.step(-100);
    clock.pass(150);
    expect(jobs).to.have.length(31);
    expect(jobs.at(-1)?.lateMs).to.be.lessThan(50);
  });

  it('pulls an interval in that the clock was stepped away from while the daemon was down', () => {
    const { clock, store, scheduler, fires } = setUp();
    store.put('a', 'every minute', { anchorAt: START + DAY_MS, plannedAt: START + DAY_MS + MINUTE_MS });
    scheduler.start();
    clock.pass(MINUTE_MS);
    expect(fires()).to.deep.equal([fire('a', MINUTE_MS)]);
  });

  it('makes what it has pulled in on time, while it looks at the plans of many others', () => {
    const { clock, store, scheduler, fires } = setUp();
    for (let i = 0; i < 200; i++) {
      const plannedAt = START + DAY_MS + HOUR_MS;
      store.put(`s${i}`, i === 1 ? 'every second' : 'every hour', { anchorAt: START + DAY_MS, plannedAt });
    }
    // Each look takes as long as a turn may.
    const changeSchedule = store.changeSchedule.bind(store);
    store.changeSchedule = (...asked) => {
      clock.step(10);
      return changeSchedule(...asked);
    };
    scheduler.start();
    clock.pass(SECOND_MS);
    expect(fires()[0]).to.match(/^s1 /);
  });

  it('moves on without a job when the fire was made before', () => {
    const { clock, store, scheduler, request, fires } = setUp();
    scheduler.start();
    const before = request('a', 'every minute');
    clock.pass(MINUTE_MS);
    store.put('a', 'every minute', before);
    clock.step(-MINUTE_MS);
    clock.pass(MINUTE_MS);
    expect(fires()).to.deep.equal([fire('a', MINUTE_MS)]);
    clock.pass(MINUTE_MS);
    expect(fires()).to.have.length(2);
  });

  it('neither ends nor replaces a run when fires come again after a step back', () => {
    const { clock, store, scheduler, request, fires, replaced } = setUp();
    scheduler.start();
    request('runs', 'every hour at 00:15', { maxRuns: 2 });
    request('replace', 'every hour at 00:15', { overlap: 'replace' });
    clock.pass(20 * MINUTE_MS);
    clock.step(-30 * MINUTE_MS);
    clock.pass(30 * MINUTE_MS);
    expect(store.schedule('runs')).to.include({ state: 'SCHEDULED', runs: 1 });
    expect(replaced).to.be.empty;
    clock.pass(HOUR_MS);
    expect(store.schedule('runs')).to.include({ state: 'ENDED', runs: 2 });
    expect(fires().filter((each) => each.startsWith('replace'))).to.have.length(2);
    expect(replaced).to.have.length(1);
  });

  it('makes no job of a canceled schedule, canceled here or beside the daemon', () => {
    const { clock, store, scheduler, request, fires } = setUp();
    scheduler.start();
    for (const id of ['here', 'beside', 'paused']) request(id, 'every minute');
    const halted = { nextFireAt: null };
    scheduler.expect(store.changeSchedule('here', { ...halted, state: 'CANCELED' }, START));
    store.changeSchedule('beside', { ...halted, state: 'CANCELED' }, START);
    scheduler.expect(store.changeSchedule('paused', { ...halted, state: 'PAUSED' }, START));
    clock.pass(DAY_MS);
    expect(fires()).to.be.empty;
    expect(store.writes).to.equal(3);
    expect(clock.armed).to.equal(0);
  });

  it('lets a fire wait for a full disk without spinning, says so once, and makes it when there is room', () => {
    const { clock, store, jobs, logged, scheduler, request, fires } = setUp();
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
    expect(fires()).to.deep.equal([fire('a', MINUTE_MS), fire('b', MINUTE_MS)]);
    expect(logged.at(-1)).to.equal('info: no fire waits for the store any more');
    clock.pass(40 * SECOND_MS);
    expect(fires()).to.have.length(4);
    expect(count(logged, 'error:')).to.equal(1);
    store.failure = new UserError('storage-full', 'The disk is full.');
    clock.pass(MINUTE_MS);
    expect(count(logged, 'error:')).to.equal(2);
  });

  it('lets a step back wait for a full disk too', () => {
    const { clock, store, logged, scheduler, request, fires } = setUp();
    scheduler.start();
    request('a', 'every minute');
    store.failure = new UserError('storage-full', 'The disk is full.');
    clock.step(-DAY_MS);
    clock.pass(50 * SECOND_MS);
    expect(count(logged, 'error:')).to.equal(1);
    store.failure = null;
    clock.pass(MINUTE_MS + 5 * SECOND_MS);
    expect(fires()).to.have.length(1);
  });

  it('looks again when the schedules could not be read after a step back', () => {
    const { clock, store, logged, scheduler, request, fires } = setUp();
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
    expect(fires()).not.to.be.empty;
  });

  it('halts a schedule that it cannot understand, and says so, when it starts, when told of it, and when it is due', () => {
    const { clock, store, logged, scheduler, fires } = setUp();
    const [anchorAt, plannedAt] = [START, START + MINUTE_MS];
    store.put('odd', 'every fortnight', { anchorAt, plannedAt });
    store.put('now', 'now', { anchorAt, plannedAt });
    store.put('good', 'every minute', { anchorAt, plannedAt });
    scheduler.start();
    expect(store.schedule('odd')).to.include({ state: 'FAULTY', nextFireAt: null, changedAt: START });
    expect(store.schedule('odd')?.reason).to.contain('"fortnight"');
    expect(store.schedule('now')).to.include({ state: 'FAULTY', reason: '"now" is no recurrence' });
    scheduler.expect(store.put('told', 'every fortnight', { anchorAt, plannedAt }));
    expect(store.schedule('told')?.state).to.equal('FAULTY');
    scheduler.expect(store.put('beside', 'every minute', { anchorAt, plannedAt }));
    store.put('beside', 'every fortnight', { anchorAt, plannedAt });
    scheduler.expect(store.put('missed', 'every minute', { anchorAt, plannedAt, rules: { missed: 'odd' } }));
    expect(store.schedule('missed')).to.include({ state: 'FAULTY', nextFireAt: null });
    // As a newer release may know it.
    const overlap = 'merge' as 'allow';
    scheduler.expect(store.put('overlap', 'every minute', { anchorAt, plannedAt, rules: { overlap } }));
    expect(store.schedule('overlap')).to.include({ state: 'FAULTY', nextFireAt: null });
    clock.pass(MINUTE_MS);
    expect(store.schedule('beside')).to.include({ state: 'FAULTY', nextFireAt: null });
    expect(fires()).to.deep.equal([fire('good', MINUTE_MS)]);
    expect(logged).to.deep.equal(Array(6).fill('error: a schedule is halted'));
  });

  it('ends a schedule with its last fire, or with the last run that it may make', () => {
    const { clock, store, scheduler, request, fires } = setUp();
    scheduler.start();
    request('once', 'in 10 minutes');
    request('until', 'every 10 minutes', { until: '2026-06-02 09:25' });
    request('runs', 'every 10 minutes', { maxRuns: 3 });
    clock.pass(DAY_MS);
    const count = (id: string) => fires().filter((line) => line.startsWith(id)).length;
    expect(['once', 'until', 'runs'].map(count)).to.deep.equal([1, 2, 3]);
    for (const id of ['once', 'until'])
      expect(store.schedule(id)).to.include({
        state: 'ENDED',
        reason: 'it has no more fires',
        nextFireAt: null,
      });
    expect(store.schedule('runs')).to.include({
      ...{ state: 'ENDED', reason: 'it has made all runs that it may: 3', runs: 3 },
      changedAt: START + 30 * MINUTE_MS,
    });
    expect(clock.armed).to.equal(0);
  });

  it('does not count what is skipped among the runs', () => {
    const { clock, store, scheduler, request, jobs } = setUp();
    scheduler.start();
    request('a', 'every 10 minutes', { maxRuns: 2, overlap: 'skip' });
    clock.pass(30 * MINUTE_MS);
    expect(store.schedule('a')).to.include({ state: 'SCHEDULED', runs: 1 });
    store.setJob(jobs[0]!, 'SUCCESSFUL');
    clock.pass(10 * MINUTE_MS);
    expect(store.schedule('a')).to.include({ state: 'ENDED', runs: 2 });
    expect(store.firesOf('a').map(({ reason }) => reason)).to.deep.equal([
      null,
      ...Array<string>(2).fill('job "job-1" waits still'),
      null,
    ]);
  });

  describe('where a job of the schedule waits or runs still', () => {
    for (const { overlap, whileItWaits, whileItRuns } of [
      { overlap: 'allow', whileItWaits: null, whileItRuns: null },
      { overlap: 'skip', whileItWaits: 'job "job-1" waits still', whileItRuns: 'job "job-1" runs still' },
      { overlap: 'queue-one', whileItWaits: 'job "job-1" waits still', whileItRuns: null },
      { overlap: 'replace', whileItWaits: null, whileItRuns: null },
    ] as const) {
      for (const [state, reason] of [
        ['PENDING', whileItWaits],
        ['RUNNING', whileItRuns],
      ] as const) {
        it(`${reason === null ? 'makes another' : 'skips the fire'} with "${overlap}" while it is ${state}`, () => {
          const { clock, store, scheduler, request, jobs, replaced } = setUp();
          scheduler.start();
          request('a', 'every minute', { overlap });
          store.addJob('a', state);
          clock.pass(MINUTE_MS);
          expect(store.firesOf('a')).to.have.length(1);
          expect(store.firesOf('a')[0]).to.include({ plannedAt: START + MINUTE_MS, reason });
          expect(jobs.map(({ alone }) => alone)).to.deep.equal(reason === null ? [overlap !== 'allow'] : []);
          expect(replaced).to.deep.equal(overlap === 'replace' ? [{ id: 'job-1', isOver: true }] : []);
        });
      }
    }

    it('carries out no replacement that could not be stored', () => {
      const { clock, store, scheduler, request, replaced, jobs } = setUp();
      scheduler.start();
      request('a', 'every hour', { overlap: 'replace' });
      store.addJob('a', 'RUNNING');
      store.failure = new UserError('storage-full', 'The disk is full.');
      clock.pass(HOUR_MS);
      expect(replaced).to.deep.equal([{ id: 'job-1', isOver: false }]);
      store.failure = null;
      clock.pass(5 * SECOND_MS);
      expect(replaced.at(-1)).to.deep.equal({ id: 'job-1', isOver: true });
      expect(jobs).to.have.length(1);
    });
  });

  it('goes on when nobody can be woken for a job', () => {
    const { clock, logged, onJobs, scheduler, request, fires } = setUp();
    onJobs.run = () => {
      throw new Error('nobody');
    };
    scheduler.start();
    request('a', 'every minute');
    clock.pass(2 * MINUTE_MS);
    expect(fires()).to.have.length(2);
    expect(logged).to.deep.equal(Array(2).fill('error: new jobs woke nobody'));
  });

  it('leaves the event loop its turns when very many fires are due, and loses none', () => {
    const { clock, store, scheduler, fires } = setUp();
    const wanted: string[] = [];
    for (let i = 0; i < 300; i++) {
      store.put(`s${i}`, 'every day', {
        anchorAt: START - DAY_MS - HOUR_MS + i,
        plannedAt: START - HOUR_MS + i,
      });
      wanted.push(fire(`s${i}`, i - HOUR_MS));
    }
    // Each fire takes a millisecond.
    const makeFires = store.makeFires.bind(store);
    store.makeFires = (made) => {
      clock.step(1);
      return makeFires(made);
    };
    scheduler.start();
    clock.pass(1);
    expect(fires()).to.have.length(10);
    clock.pass(40);
    expect(fires()).to.deep.equal(wanted);
  });

  it('makes what is due at once one transaction', () => {
    const { clock, store, scheduler, request, fires, onJobs } = setUp();
    scheduler.start();
    for (const id of ['a', 'b', 'c']) request(id, 'every minute');
    let transactions = 0;
    let told = 0;
    const unsynced = store.unsynced.bind(store);
    store.unsynced = (work) => {
      if (!store.isTogether) transactions++;
      return unsynced(work);
    };
    onJobs.run = () => told++;
    clock.pass(MINUTE_MS);
    expect(fires()).to.have.length(3);
    expect({ transactions, told }).to.deep.equal({ transactions: 1, told: 1 });
  });

  it('makes the fires of the others when one of those due at once fails', () => {
    const { clock, store, scheduler, request, fires, replaced } = setUp();
    scheduler.start();
    for (const id of ['a', 'bad', 'b']) request(id, 'every minute', { overlap: 'replace' });
    store.addJob('a', 'RUNNING');
    const makeFires = store.makeFires.bind(store);
    store.makeFires = (made) => {
      const jobs = makeFires(made);
      if (made.schedule.id === 'bad') throw new UserError('not-found', 'Unknown spider.');
      return jobs;
    };
    clock.pass(MINUTE_MS);
    expect(fires()).to.deep.equal([fire('a', MINUTE_MS), fire('b', MINUTE_MS)]);
    expect(replaced.filter(({ isOver }) => isOver)).to.have.length(1);
    store.makeFires = makeFires;
    clock.pass(5 * SECOND_MS);
    expect(fires().slice(2)).to.deep.equal([fire('bad', MINUTE_MS)]);
  });

  it('lets all that is due wait when not even a transaction can begin', () => {
    const { clock, store, logged, scheduler, request, fires } = setUp();
    scheduler.start();
    for (const id of ['a', 'b', 'c']) request(id, 'every minute');
    const unsynced = store.unsynced.bind(store);
    let tries = 0;
    store.unsynced = () => {
      tries++;
      throw new UserError('unavailable', 'The database is in use by another program.');
    };
    clock.pass(MINUTE_MS + 4 * SECOND_MS);
    expect(tries).to.equal(1);
    expect(count(logged, 'error:')).to.equal(1);
    store.unsynced = unsynced;
    clock.pass(SECOND_MS);
    expect(fires()).to.have.length(3);
  });

  it('goes on when the disk fails after a commit, and says so once until it works again', async () => {
    const { clock, store, scheduler, request, fires, logged } = setUp();
    scheduler.start();
    request('a', 'every minute');
    const passMinute = async () => {
      clock.pass(MINUTE_MS);
      await setImmediate();
    };
    store.disk = () => Promise.reject(new Error('EIO'));
    await passMinute();
    await passMinute();
    expect(count(logged, 'error: fires may not be on disk')).to.equal(1);
    store.disk = () => Promise.resolve();
    await passMinute();
    store.disk = () => Promise.reject(new Error('EIO'));
    await passMinute();
    expect(count(logged, 'error: fires may not be on disk')).to.equal(2);
    expect(fires()).to.have.length(4);
  });

  it('halts no schedule since the store cannot be read', () => {
    const { clock, store, scheduler, request, fires } = setUp();
    scheduler.start();
    request('a', 'every minute');
    const isRecorded = store.isRecorded.bind(store);
    store.isRecorded = () => {
      throw new Error('disk I/O error');
    };
    clock.pass(MINUTE_MS);
    expect(store.schedule('a')).to.include({ state: 'SCHEDULED' });
    store.isRecorded = isRecorded;
    clock.pass(5 * SECOND_MS);
    expect(fires()).to.deep.equal([fire('a', MINUTE_MS)]);
  });

  it('starts with very many schedules in turns, and loses none', () => {
    const { clock, store, scheduler, makeScheduler, fires } = setUp();
    const all = Array.from({ length: 4500 }, (_, i) => `s${i}`);
    for (const id of all) store.put(id, 'every day', { anchorAt: START, plannedAt: START + 500 });
    const pages: string[] = [];
    const [expected, scheduled] = [store.expected.bind(store), store.scheduled.bind(store)];
    store.expected = (page) => {
      pages.push('when');
      return expected(page);
    };
    store.scheduled = (page) => {
      pages.push('what');
      return scheduled(page);
    };
    store.put('odd', 'every fortnight', { anchorAt: START, plannedAt: START + DAY_MS });
    scheduler.start();
    expect(pages).to.deep.equal(['when']);
    clock.pass(2);
    expect(pages.slice(0, 4)).to.deep.equal(['when', 'when', 'when', 'what']);
    clock.pass(SECOND_MS);
    expect(store.schedule('odd')).to.include({ state: 'FAULTY' });
    expect(new Set(fires())).to.deep.equal(new Set(all.map((id) => fire(id, 500))));
    scheduler.stop();
    pages.length = 0;
    const again = makeScheduler();
    again.start();
    again.stop();
    clock.pass(HOUR_MS);
    expect(pages).to.deep.equal(['when']);
  });

  it('makes no fire after it was stopped in the middle of them', () => {
    const { clock, store, scheduler, fires } = setUp();
    for (const id of ['a', 'b'])
      store.put(id, 'every minute', { anchorAt: START - MINUTE_MS, plannedAt: START });
    const makeFires = store.makeFires.bind(store);
    store.makeFires = (made) => {
      clock.step(10);
      scheduler.stop();
      return makeFires(made);
    };
    scheduler.start();
    clock.pass(HOUR_MS);
    expect(fires()).to.deep.equal([fire('a', 0)]);
    store.makeFires = makeFires;
    scheduler.start();
    clock.pass(1);
    expect(fires()).to.have.length(3);
  });
});

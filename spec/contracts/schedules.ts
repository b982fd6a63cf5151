import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import type { Job } from '../../src/jobs/job.ts';
import { removeOldFires } from '../../src/schedule/fires/retention.ts';
import { NO_RULES, SCHEDULE_STATES } from '../../src/schedule/schedule.ts';
import type { MadeFires, NewSchedule, ScheduleFilter } from '../../src/schedule/schedule-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aSchedule, aVersion } from '../support/samples.ts';

/** More than there are. */
const ALL = { after: 0, limit: 1000 };

/** What every implementation of the Store does with schedules and their fires. */
export function schedulesContract({ open, remove }: { open: () => Store; remove: () => void }): void {
  let store: Store;
  const schedule = (changes: Partial<NewSchedule> = {}, now = 100) =>
    store.addSchedule(aSchedule(changes), now);
  const cancel = (id: string, now = 200) =>
    store.changeSchedule(id, { state: 'CANCELED', nextFireAt: null }, now);
  const next = (at: number) => ({ plannedAt: at, dueAt: at });
  /** A fire that makes a job. */
  const job = (plannedAt: number, dueAt = plannedAt) => ({ plannedAt, dueAt, job: { alone: false } });
  const listed = (filter: ScheduleFilter) => store.schedules(store.listSchedules(filter));
  const existing = (id: string) => {
    const found = store.schedule(id);
    if (found === null) throw new Error(`There is no schedule "${id}".`);
    return found;
  };
  const make = (scheduleId: string, outcomes: MadeFires['outcomes'], more: Partial<MadeFires> = {}) =>
    store.makeFires({ schedule: existing(scheduleId), outcomes, next: next(9000), now: 510, ...more });
  const firesOf = (id: string) => store.fires(id, { limit: 2000 });
  const plannedOf = (id: string) => firesOf(id).map(({ plannedAt }) => plannedAt);
  const reopen = () => {
    store.close();
    store = open();
  };
  const end = ({ id }: Job) => store.changeState(id, 'CANCELED', { finishedAt: 9 }, 9);
  const run = ({ id }: Job) => store.changeState(id, 'RUNNING', { versionId: 1, startedAt: 8 }, 8);
  const refused = (work: () => unknown, kind: string, words: string) => {
    expect(work).to.throw(UserError, words).with.property('kind', kind);
  };

  describe('schedules', () => {
    beforeEach(() => {
      store = open();
      store.addVersion(aVersion());
    });
    afterEach(() => {
      store.close();
      remove();
    });

    it('are kept over a restart with all that was asked', () => {
      const rules = { ...NO_RULES, zone: 'Asia/Tokyo', jitter: '90s', maxRuns: 3, overlap: 'skip' as const };
      const made = schedule({ rules, next: { plannedAt: 500, dueAt: 530 } });
      expect(made).to.deep.include({
        ...{ when: 'every minute', rules, request: aRequest(), state: 'SCHEDULED', reason: null, runs: 0 },
        ...{ anchorAt: 100, plannedAt: 500, nextFireAt: 530, createdAt: 100, changedAt: 100 },
      });
      reopen();
      expect(store.schedule(made.id)).to.deep.equal(made);
      expect(store.scheduled(ALL)).to.deep.equal([made]);
      expect(store.schedule('none')).to.equal(null);
    });

    it('of an unknown spider are refused, and so is a change to one', () => {
      const request = aRequest({ spider: 'nope' });
      refused(() => schedule({ request }), 'not-found', 'Unknown spider "nope"');
      const before = schedule();
      refused(() => store.changeSchedule(before.id, { when: 'x', request }, 1), 'not-found', '"nope"');
      expect(store.schedule(before.id)).to.deep.equal(before);
    });

    it('are changed in what is said, and dated where their state is', () => {
      const before = schedule();
      const times = { when: 'every day', anchorAt: 150, plannedAt: 600, nextFireAt: 610 };
      const rules = { ...NO_RULES, missed: 'skip' };
      const request = aRequest({ spider: 'xpath', args: { a: '1' } });
      expect(store.changeSchedule(before.id, { ...times, rules, request }, 200)).to.deep.equal({
        ...before,
        ...{ ...times, rules, request },
      });
      expect(store.listSchedules({ states: ['SCHEDULED'], spider: 'xpath' })).to.have.length(1);
      const faulty = { state: 'FAULTY', reason: 'odd', nextFireAt: null } as const;
      store.changeSchedule(before.id, faulty, 300);
      reopen();
      expect(store.schedule(before.id)).to.deep.include({ ...faulty, changedAt: 300, plannedAt: 600 });
      expect(() => store.changeSchedule('none', {}, 1)).to.throw('"none" does not exist');
    });

    it('are waited for and counted only while they are SCHEDULED, but keep their spider while they may fire again', () => {
      for (const state of SCHEDULE_STATES) store.changeSchedule(schedule().id, { state }, 200);
      expect(store.scheduled(ALL).map(({ state }) => state)).to.deep.equal(['SCHEDULED']);
      expect([store.scheduleCount(), store.scheduleCount('quotes'), store.scheduleCount([])]).to.deep.equal([
        1, 1, 0,
      ]);
      refused(
        () => store.addVersion(aVersion({ spiders: ['xpath'] })),
        'conflict',
        'Spider "css" is not in this archive of project "quotes", but has schedules (3)',
      );
      refused(() => store.removeProject('quotes', 9), 'conflict', 'There are 3 schedules for project');
      for (const { id } of listed({ states: ['SCHEDULED', 'PAUSED', 'FAULTY'] })) cancel(id);
      store.addVersion(aVersion({ spiders: ['xpath'] }));
    });

    it('are listed by state, project and spider, the last changed first', () => {
      store.addVersion(aVersion({ project: 'other' }));
      const [a, b, c] = [
        schedule({}, 1),
        schedule({ request: aRequest({ project: 'other' }) }, 2),
        schedule({ request: aRequest({ spider: 'xpath' }) }, 3),
      ].map(({ id }) => id) as [string, string, string];
      const list = (filter: Partial<Parameters<Store['listSchedules']>[0]>) =>
        listed({ states: SCHEDULE_STATES, ...filter }).map(({ id }) => id);
      expect(list({})).to.deep.equal([c, b, a]);
      cancel(a);
      expect(list({})).to.deep.equal([a, c, b]);
      expect(list({ states: ['SCHEDULED'] })).to.deep.equal([c, b]);
      expect(list({ project: 'quotes' })).to.deep.equal([a, c]);
      expect(list({ spider: 'css' })).to.deep.equal([a, b]);
      expect(list({ project: [] })).to.deep.equal([]);
    });

    it('are given in pages, the newest first, whatever changes in between', () => {
      const ids = Array.from({ length: 5 }, () => schedule().id).reverse();
      const page = (before?: number) =>
        store.schedulesPage(
          { states: SCHEDULE_STATES, project: 'quotes' },
          { limit: 2, ...(before === undefined ? {} : { before }) },
        );
      const first = page();
      schedule();
      cancel(ids[2] ?? '');
      const second = page(first.at(-1)?.seq);
      const third = page(second.at(-1)?.seq);
      expect([first, second, third].map((each) => each.map(({ id }) => id))).to.deep.equal([
        ids.slice(0, 2),
        ids.slice(2, 4),
        ids.slice(4),
      ]);
    });

    it('that are over are forgotten but for the last, with their fires, and their jobs stay', () => {
      const ids = [1, 2, 3].map((now) => schedule({}, now).id) as [string, string, string];
      const live = [schedule().id, schedule().id] as const;
      const jobs = make(ids[0], [job(500)], { next: { ended: 'it has no more fires' }, now: 600 });
      cancel(ids[1], 700);
      cancel(ids[2], 650);
      store.changeSchedule(live[1], { state: 'PAUSED', nextFireAt: null }, 9000);
      store.removeOverSchedules(1);
      expect(ids.map((id) => store.schedule(id) !== null)).to.deep.equal([false, true, false]);
      expect(live.map((id) => store.schedule(id) !== null)).to.deep.equal([true, true]);
      expect(firesOf(ids[0])).to.deep.equal([]);
      expect(store.job(jobs[0]?.id ?? '')?.state).to.equal('PENDING');
    });
  });

  describe('fires', () => {
    let id = '';
    beforeEach(() => {
      store = open();
      store.addVersion(aVersion());
      ({ id } = schedule());
    });
    afterEach(() => {
      store.close();
      remove();
    });

    it('make jobs that say how late they are, and move the schedule on', () => {
      const alone = { plannedAt: 520, dueAt: 525, job: { alone: true } };
      const jobs = make(id, [job(500), alone], { next: { plannedAt: 560, dueAt: 570 }, now: 530 });
      const common = { state: 'PENDING', actor: 'SCHEDULER', scheduleId: id, createdAt: 530 };
      expect(jobs).to.containSubset([
        { ...common, alone: false, lateMs: 30 },
        { ...common, alone: true, lateMs: 5 },
      ]);
      expect(store.schedule(id)).to.include({ plannedAt: 560, nextFireAt: 570, runs: 2, changedAt: 100 });
      expect(store.listJobs({ states: ['PENDING'] })).to.have.length(2);
      expect(store.activeOf(id).map((each) => each.id)).to.deep.equal(jobs.map((each) => each.id));
    });

    it('are recorded with what became of them, also over a restart', () => {
      const [made] = make(id, [
        { plannedAt: 100, untilAt: 200, count: 6, skipped: 'missed' },
        { plannedAt: 300, untilAt: 350, count: null, skipped: 'missed' },
        { plannedAt: 400, skipped: 'in the way' },
        job(500),
      ]);
      reopen();
      const skipped = { madeAt: 510, lateMs: null, job: null };
      const one = { untilAt: null, count: 1 };
      expect(firesOf(id)).to.deep.equal([
        {
          ...one,
          plannedAt: 500,
          madeAt: 510,
          lateMs: 10,
          job: { id: made?.id, state: 'PENDING' },
          reason: null,
        },
        { ...skipped, ...one, plannedAt: 400, reason: 'in the way' },
        { ...skipped, plannedAt: 300, untilAt: 350, count: null, reason: 'missed' },
        { ...skipped, plannedAt: 100, untilAt: 200, count: 6, reason: 'missed' },
      ]);
      store.removeJobs([end(made!).id]);
      expect(firesOf(id)[0]?.job).to.deep.equal({ id: made?.id, state: null });
    });

    it('make nothing a second time, also when only the job is known still', () => {
      expect(make(id, [job(500), { plannedAt: 510, skipped: 'in the way' }])).to.have.length(1);
      const again = [job(500), { plannedAt: 510, skipped: 'another reason' }, job(520)];
      expect(make(id, again, { next: next(570) })).to.have.length(1);
      expect(store.schedule(id)).to.include({ nextFireAt: 570, runs: 2 });
      expect(firesOf(id).map(({ reason }) => reason)).to.deep.equal([null, 'in the way', null]);
      store.removeOldFires(0, { after: 0, limit: 9 });
      expect(make(id, [job(500)])).to.deep.equal([]);
      expect(firesOf(id)).to.deep.equal([]);
      expect(store.listJobs({ states: ['PENDING'] })).to.have.length(2);
    });

    it('end their schedule with the last, and say why', () => {
      make(id, [job(500)], { next: { ended: 'it has made all runs that it may: 1' } });
      expect(store.schedule(id)).to.include({
        ...{ state: 'ENDED', reason: 'it has made all runs that it may: 1', nextFireAt: null },
        ...{ plannedAt: 500, runs: 1, changedAt: 510 },
      });
    });

    it('are all taken back, with what else is done in one, where one of them fails', () => {
      const before = existing(id);
      const boom = () => {
        store.together(() => {
          make(id, [job(500)]);
          store.changeSchedule(id, { state: 'PAUSED' }, 1);
          throw new Error('boom');
        });
      };
      expect(boom).to.throw('boom');
      expect(store.schedule(id)).to.deep.equal(before);
      expect([firesOf(id), store.listJobs({ states: ['PENDING'] })]).to.deep.equal([[], []]);
      const none = { ...before, id: 'none', seq: 999 };
      expect(() => make(id, [job(500)], { schedule: none })).to.throw(Error);
      expect(store.listJobs({ states: ['PENDING'] })).to.deep.equal([]);
    });

    it('are given in pages, the last planned first', () => {
      make(id, [job(100), job(200), job(300)]);
      expect(store.fires(id, { limit: 2 }).map(({ plannedAt }) => plannedAt)).to.deep.equal([300, 200]);
      expect(store.fires(id, { limit: 2, before: 200 }).map(({ plannedAt }) => plannedAt)).to.deep.equal([
        100,
      ]);
      expect(store.fires('none', { limit: 2 })).to.deep.equal([]);
    });

    it('are forgotten but for the last of each schedule, page by page', () => {
      const [few, many] = [schedule().id, schedule().id];
      make(few, [job(100)]);
      make(many, [job(100), job(200), { plannedAt: 300, skipped: 'missed' }]);
      const keptOf = () => [id, few, many].map(plannedOf);
      const seqOf = (each: string) => store.schedule(each)?.seq ?? 0;
      expect(store.removeOldFires(2, { after: 0, limit: 2 })).to.equal(seqOf(few));
      expect(keptOf()).to.deep.equal([[], [100], [300, 200, 100]]);
      expect(store.removeOldFires(2, { after: seqOf(few), limit: 2 })).to.equal(null);
      expect(keptOf()).to.deep.equal([[], [100], [300, 200]]);
    });

    it('are kept for the last thousand of each of very many schedules', async () => {
      const { ids } = store.together(() => {
        for (let i = 0; i < 250; i++) schedule();
        const all = store.scheduled(ALL).map((each) => each.id);
        const skipped = Array.from({ length: 1010 }, (_, i) => ({ plannedAt: i, skipped: 'missed' }));
        for (const each of [all[0], all.at(-1)]) make(each ?? '', skipped);
        return { ids: all };
      });
      await removeOldFires(store);
      for (const each of [ids[0], ids.at(-1)]) {
        const kept = plannedOf(each ?? '');
        expect([kept.length, kept.at(-1)]).to.deep.equal([1000, 10]);
      }
    });
  });

  describe('a job that is to be alone', () => {
    let id = '';
    const add = (alone: boolean, scheduleId?: string) =>
      store.addJob(
        { request: aRequest(), actor: 'USER', alone, ...(scheduleId === undefined ? {} : { scheduleId }) },
        7,
      );
    const heads = () => [store.nextPending()?.id, store.nextPendingOf('quotes')?.id];
    beforeEach(() => {
      store = open();
      store.addVersion(aVersion());
      ({ id } = schedule());
    });
    afterEach(() => {
      store.close();
      remove();
    });

    it('waits while another job of its schedule runs, and others pass it', () => {
      const first = add(true, id);
      expect(heads()).to.deep.equal([first.id, first.id]);
      run(first);
      const waiting = add(true, id);
      expect(heads()).to.deep.equal([undefined, undefined]);
      const other = add(true, schedule().id);
      expect(heads()).to.deep.equal([other.id, other.id]);
      end(run(other));
      const ofNone = add(false);
      expect(heads()).to.deep.equal([ofNone.id, ofNone.id]);
      end(first);
      expect(heads()).to.deep.equal([waiting.id, waiting.id]);
    });

    it('does not wait for another that waits, and holds up none that need not be alone', () => {
      const [first, second] = [add(true, id), add(true, id)];
      expect(heads()).to.deep.equal([first.id, first.id]);
      run(first);
      const loose = add(false, id);
      expect(heads()).to.deep.equal([loose.id, loose.id]);
      expect(store.activeOf(id).map((each) => each.id)).to.deep.equal([first.id, second.id, loose.id]);
    });
  });
}

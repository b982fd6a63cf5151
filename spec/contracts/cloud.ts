import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import type { Job, JobState } from '../../src/jobs/job.ts';
import type { JobSearch, NewJob } from '../../src/jobs/job-store.ts';
import { FINAL_STATES } from '../../src/jobs/states.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aVersion } from '../support/samples.ts';

/** What every implementation of the Store keeps for clients of Scrapy Cloud. */
export function cloudContract({ open, remove }: { open: () => Store; remove: () => void }): void {
  let store: Store;
  let now = 0;
  const add = (request: Parameters<typeof aRequest>[0] = {}, more: Partial<NewJob> = {}) =>
    store.addJob({ request: aRequest(request), actor: 'USER', ...more }, ++now);
  /** Moves a job on, one millisecond after what was moved last. */
  const to = (job: Job, state: JobState, at = ++now) =>
    store.changeState(
      job.id,
      state,
      state === 'RUNNING'
        ? { startedAt: at, versionId: 1 }
        : state === 'DELETED'
          ? { deletedAt: at }
          : { finishedAt: at },
      at,
    );
  const ended = (job: Job, state: JobState = 'SUCCESSFUL') => to(to(job, 'RUNNING'), state);
  const search = (search: Omit<JobSearch, 'project'> = {}, page: object = {}) =>
    store
      .searchJobs({ project: 'quotes', ...search }, { offset: 0, limit: 100, ...page })
      .map(({ key }) => key);

  beforeEach(() => {
    now = 1000;
    store = open();
    store.createProject('quotes', 53);
    store.addVersion(aVersion({ name: 'v1' }));
  });
  afterEach(() => {
    store.close();
    remove();
  });

  describe('jobs by their keys and states', () => {
    it('are found by key, also when they are deleted', () => {
      const job = to(ended(add()), 'DELETED');
      expect(store.jobByKey('53/1/1')).to.deep.equal(job);
      for (const key of ['53/1/2', '1/1/1', '53/1', 'a/b/c', '', '53/1/1/1', '53/1/1.5']) {
        expect(store.jobByKey(key)).to.equal(null);
      }
    });

    it('are listed by state, the last changed first, and counted', () => {
      const jobs = [add(), add(), add(), add(), add()] as const;
      ended(jobs[1], 'FAILED');
      ended(jobs[0], 'CANCELED');
      to(ended(jobs[2]), 'DELETED');
      to(jobs[3], 'RUNNING');
      expect(search({ states: FINAL_STATES })).to.deep.equal(['53/1/1', '53/1/2']);
      expect(search()).to.deep.equal(['53/1/4', '53/1/3', '53/1/1', '53/1/2', '53/1/5']);
      expect(search({ states: [] })).to.deep.equal([]);
      const count = (more: object) => store.countJobs({ project: 'quotes', ...more });
      expect([count({ states: FINAL_STATES }), count({}), count({ states: [] })]).to.deep.equal([2, 5, 0]);
      expect(store.countJobs({ project: 'nowhere' })).to.equal(0);
    });

    it('are listed page by page, from one on, and up to one', () => {
      const jobs = [add(), add(), add(), add()].map((job, index) =>
        ended(job, index % 2 === 0 ? 'SUCCESSFUL' : 'FAILED'),
      );
      const keys = jobs.map(({ key }) => key).reverse();
      expect(search({}, { offset: 1, limit: 2 })).to.deep.equal(keys.slice(1, 3));
      expect(search({}, { offset: 9 })).to.deep.equal([]);
      expect(search({}, { stopAt: jobs[1] })).to.deep.equal(keys.slice(0, 2));
      expect(search({}, { after: jobs[2], limit: 1 })).to.deep.equal(keys.slice(2, 3));
    });

    it('are listed in the order of their arrival where they changed at once', () => {
      const jobs = [add(), add()];
      for (const job of jobs) to(job, 'CANCELED', 5000);
      expect(search()).to.deep.equal(['53/1/2', '53/1/1']);
    });

    it('are found by spider, time, tags and place', () => {
      add({ tags: ['a', "b'"] });
      add({ tags: ['b'], spider: 'xpath' });
      const third = add({});
      expect(search({ spider: 'xpath' })).to.deep.equal(['53/2/1']);
      expect(search({ spider: 'nobody' })).to.deep.equal([]);
      expect(search({ from: 1002, before: 1003 })).to.deep.equal(['53/2/1']);
      expect(search({ hasTags: ['a', 'b'] })).to.deep.equal(['53/2/1', '53/1/1']);
      expect(search({ lacksTags: ['a', 'c'] })).to.deep.equal(['53/1/2', '53/2/1']);
      expect(search({ hasTags: ["b'"], lacksTags: ['b'] })).to.deep.equal(['53/1/1']);
      expect(search({ hasTags: [] })).to.deep.equal([]);
      expect(search({ among: [third.seq, 999] })).to.deep.equal(['53/1/2']);
      expect(store.countJobs({ project: 'quotes', hasTags: ['a'], spider: 'css' })).to.equal(1);
    });

    it('are told the last of each spider', () => {
      const jobs = [add(), add(), add({ spider: 'xpath' }), add()] as const;
      ended(jobs[1], 'FAILED');
      ended(jobs[0]);
      ended(jobs[2], 'CANCELED');
      const last = (from: number, limit = 9) =>
        store.lastOfSpiders({ project: 'quotes', from, limit }).map(({ key }) => key);
      expect(last(0)).to.deep.equal(['53/1/1', '53/2/1']);
      expect([last(2), last(3), last(0, 1)]).to.deep.equal([['53/2/1'], [], ['53/1/1']]);
    });

    it('are gone through in the order of their keys, without deleted ones', () => {
      const jobs = [add(), add({ spider: 'xpath' }), add(), add()] as const;
      to(ended(jobs[2]), 'DELETED');
      const under = (spider: string | undefined, page: { after?: string; limit: number }) =>
        store
          .jobsUnder({ project: 'quotes', ...(spider === undefined ? {} : { spider }) }, page)
          .map(({ key }) => key);
      expect(under(undefined, { limit: 9 })).to.deep.equal(['53/1/1', '53/1/3', '53/2/1']);
      expect(under('css', { limit: 1 })).to.deep.equal(['53/1/1']);
      expect(under('css', { limit: 9, after: '53/1/1' })).to.deep.equal(['53/1/3']);
      expect(under('xpath', { limit: 9, after: '53/2/1' })).to.deep.equal([]);
      expect(under('nobody', { limit: 9 })).to.deep.equal([]);
    });

    it('wait in a queue of their project, held or not', () => {
      store.setHeld('quotes', true);
      add();
      const high = add({ priority: 1 });
      expect(store.nextPending()).to.equal(null);
      expect(store.nextPendingOf('quotes')?.key).to.equal(high.key);
      expect(store.nextPendingOf('nowhere')).to.equal(null);
    });

    it('know what their version was called when that is gone', () => {
      const job = ended(add());
      expect(job).to.include({ versionName: 'v1', versionId: 1 });
      store.addVersion(aVersion({ name: 'v1' }));
      for (const { id } of store.unusedVersions()) store.forgetVersion(id);
      expect(store.version(1)).to.equal(null);
      expect(to(job, 'DELETED')).to.include({ versionName: 'v1' });
    });

    it('are one transaction where they are changed together', () => {
      const job = add();
      expect(() =>
        store.together(() => {
          store.setFields(job.id, { meta: { a: 1 } });
          add();
          throw new Error('in the middle');
        }),
      ).to.throw('in the middle');
      expect(store.job(job.id)?.meta).to.deep.equal({});
      expect(store.countJobs({ project: 'quotes' })).to.equal(1);
      expect(store.together(() => add()).key).to.equal('53/1/2');
    });
  });

  describe('fields of jobs', () => {
    it('are merged and removed, with their numbers as they were written', () => {
      const { id } = add({ tags: ['x'] }, { meta: { a: 1, b: JSON.rawJSON('1.0') } });
      store.setFields(id, { meta: { a: undefined, ['__proto__']: 3 }, tags: ['y', 'z'] });
      store.close();
      store = open();
      const job = store.job(id);
      expect(JSON.stringify(job?.meta)).to.equal('{"b":1.0,"__proto__":3}');
      expect(job?.tags).to.deep.equal(['y', 'z']);
      expect(store.setFields(id, { closeReason: 'mine' })).to.deep.include({
        closeReason: 'mine',
        tags: ['y', 'z'],
      });
      expect(store.setFields(id, { closeReason: null }).closeReason).to.equal(null);
    });

    it('say who moved them on', () => {
      const { id } = add({}, { by: 'ann' });
      store.setActors(id, { cancelled: 'bob' });
      store.setActors(id, { deleted: 'eve' });
      expect(store.job(id)?.actors).to.deep.equal({ scheduled: 'ann', cancelled: 'bob', deleted: 'eve' });
    });

    it('are unique among active jobs of a project where they are to be', () => {
      const job = add({}, { uniqueKey: 'h1' });
      const again = () => add({ spider: 'xpath' }, { uniqueKey: 'h1' });
      expect(again).to.throw(UserError, 'xpath already scheduled').with.property('kind', 'conflict');
      add({}, { uniqueKey: 'h2' });
      to(job, 'CANCELED');
      again();
    });
  });

  describe('projects and spiders', () => {
    it('are known by their ids, with how many jobs wait', () => {
      add();
      expect(store.projectById(53)).to.deep.equal({
        id: 53,
        name: 'quotes',
        version: 'v1',
        held: false,
        pending: 1,
      });
      expect(store.projectById(54)).to.equal(null);
    });

    it('have numbers before there is any code of them, and tags', () => {
      expect(store.numberSpider('quotes', 'new')).to.equal(3);
      expect(store.numberSpider('quotes', 'css')).to.equal(1);
      expect(store.numberSpider('nowhere', 'css')).to.equal(null);
      store.setSpiderTags('quotes', 'new', ['a', 'b']);
      expect(store.spiderEntries('quotes')).to.deep.equal([
        { number: 1, name: 'css', tags: [] },
        { number: 2, name: 'xpath', tags: [] },
        { number: 3, name: 'new', tags: ['a', 'b'] },
      ]);
      expect(add({ spider: 'other' }, { anySpider: true }).key).to.equal('53/4/1');
      expect(() => add({ spider: 'new' })).to.throw(UserError, 'Unknown spider "new"');
    });

    it('keep settings, merged and removed one by one', () => {
      store.setProjectSettings('quotes', { a: 1, b: [null] });
      store.setProjectSettings('quotes', { a: undefined, c: 'é', absent: undefined });
      expect(store.projectSettings('quotes')).to.deep.equal({ b: [null], c: 'é' });
      expect(store.projectSettings('nowhere')).to.deep.equal({});
    });

    it('tell what happened, the last first', () => {
      store.addActivity('quotes', [{ n: 1 }, { n: 2 }], ++now);
      const running = to(add({}, { by: 'ann' }), 'RUNNING');
      store.setActors(running.id, { cancelled: 'bob' });
      const job = to(to(running, 'CANCELED'), 'DELETED');
      store.addActivity('quotes', [{ n: 3 }], job.deletedAt ?? 0);
      const told = (limit: number) =>
        store.activity('quotes', limit).map(({ event }) => JSON.stringify(event));
      const of = (event: string, user?: string) =>
        JSON.stringify({ event, job: '53/1/1', ...(user === undefined ? {} : { user }) });
      const all = [
        ...['{"n":3}', of('job:deleted'), of('job:completed'), of('job:cancelled', 'bob')],
        ...[of('job:started'), of('job:scheduled', 'ann'), '{"n":2}', '{"n":1}'],
      ];
      expect(told(99)).to.deep.equal(all);
      expect(told(3)).to.deep.equal(all.slice(0, 3));
      expect(store.activity('nowhere', 9)).to.deep.equal([]);
    });

    it('keep the last 10,000 events that were told', () => {
      const events = Array.from({ length: 10_001 }, (_, n) => ({ n }));
      store.addActivity('quotes', events, ++now);
      const told = store.activity('quotes', 20_000).map(({ event }) => (event as { n: number }).n);
      expect([told.length, told[0], told.at(-1)]).to.deep.equal([10_000, 10_000, 1]);
    });
  });

  describe('secrets', () => {
    it('are drawn once, each by itself', () => {
      const secret = store.secret('a');
      expect(secret).to.match(/^[0-9a-f]{64}$/);
      store.close();
      store = open();
      expect(store.secret('a')).to.equal(secret);
      expect(store.secret('b')).to.not.equal(secret);
    });
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Job, JobState } from '../../src/jobs/job.ts';
import type { JobSearch } from '../../src/jobs/job-store.ts';
import { FINAL_STATES } from '../../src/jobs/states.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aVersion } from '../support/samples.ts';

const HOUR_MS = 3_600_000;
const PROJECTS = ['one', 'two'];
const SPIDERS = ['css', 'xpath'];
const TAGS = ['a', 'b', 'c'];
const STATES: readonly JobState[] = ['PENDING', 'RUNNING', ...FINAL_STATES, 'DELETED'];

/** What becomes of a job after hours of waiting: it ends, is tagged anew, and is perhaps forgotten. */
const aLife = fc.record({
  project: fc.constantFrom(...PROJECTS),
  spider: fc.constantFrom(...SPIDERS),
  tags: fc.subarray(TAGS),
  state: fc.constantFrom(...STATES, ...FINAL_STATES),
  hours: fc.integer({ min: 0, max: 60 }),
  later: fc.option(fc.subarray(TAGS)),
  isForgotten: fc.nat(9).map((draw) => draw === 0),
  bytes: fc.integer({ min: 0, max: 9 }),
});

const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const sometimes = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });

/** Most searches say little: of those that say much, hardly any job is left. */
const aSearch = fc
  .record({
    project: fc.option(fc.oneof(fc.constantFrom(...PROJECTS), some(PROJECTS))),
    spider: sometimes(fc.constantFrom(...SPIDERS, 'nobody')),
    states: fc.option(some(STATES)),
    hasTags: sometimes(some(TAGS)),
    lacksTags: sometimes(some(TAGS)),
    from: sometimes(fc.nat(60 * HOUR_MS)),
    before: sometimes(fc.nat(60 * HOUR_MS)),
  })
  .map(
    (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as JobSearch,
  );

describe('a search of jobs', () => {
  let folder = '';
  let store: Store;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-store-'));
    store = openSqliteStore(join(folder, 'orbweaver.db'));
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds and counts, whatever became of the jobs, what a look at each of them would', () => {
    const page = fc.record({ offset: fc.nat(9), limit: fc.integer({ min: 1, max: 12 }) });
    const searches = fc.array(fc.tuple(aSearch, page), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(aLife, { minLength: 30, maxLength: 40 }), searches, (lives, asked) => {
        // All in one transaction, which is taken back.
        const end = new Error('enough');
        const work = () => {
          for (const project of PROJECTS) {
            store.addVersion(aVersion({ project, folder: project, spiders: SPIDERS }));
          }
          const jobs = lives.flatMap((life) => live(store, life));
          for (const [search, page] of asked) compare(store, jobs, search, page);
          throw end;
        };
        expect(() => {
          store.together(work);
        }).to.throw(end);
      }),
      { numRuns: 30 },
    );
  });

  it('counts and finds each job once, of however many tags, and by no tag none', () => {
    store.addVersion(aVersion());
    const tags = Array.from({ length: 150 }, (_, index) => `t${index}`);
    const ids = FINAL_STATES.map((state) => {
      const { id } = store.addJob({ request: aRequest({ tags }), actor: 'USER' }, 1);
      store.changeState(id, 'RUNNING', { startedAt: 1 }, 1);
      return store.changeState(id, state, { finishedAt: 2 }, 2).id;
    });
    const both = (search: Omit<JobSearch, 'project'>) => {
      const asked = { ...search, project: 'quotes' };
      return [store.countJobs(asked), store.searchJobs(asked, { offset: 0, limit: 9 }).length];
    };
    expect(both({ hasTags: tags })).to.deep.equal([ids.length, ids.length]);
    expect(both({ lacksTags: tags })).to.deep.equal([0, 0]);
    for (const none of [[], ['']]) {
      expect(both({ hasTags: none })).to.deep.equal([0, 0]);
      expect(both({ lacksTags: none })).to.deep.equal([ids.length, ids.length]);
    }
  });

  it('of the oldest jobs beyond a size knows what is left of the others', () => {
    store.addVersion(aVersion());
    const ids = [4, 3, 2, 1].map((outputBytes, index) => {
      const { id } = store.addJob({ request: aRequest(), actor: 'USER' }, 1);
      store.changeState(id, 'RUNNING', { startedAt: 1 }, 1);
      return store.changeState(id, 'SUCCESSFUL', { finishedAt: index, outputBytes }, index).id;
    });
    const beyond = (bytes: number) => store.finishedBeyond({ count: 9, bytes }, 0, 9);
    expect([10, 9, 6, 5, 0].map((bytes) => beyond(bytes).length)).to.deep.equal([0, 1, 1, 2, 4]);
    store.forgetOutputs(ids.slice(0, 1));
    expect(beyond(6)).to.deep.equal([]);
    store.removeJobs(ids.slice(0, 2));
    expect(beyond(2)).to.deep.equal(ids.slice(2, 3));
  });
});

/** Leads such a life; gives the job, if it is still there. */
function live(
  store: Store,
  {
    project,
    spider,
    tags,
    state,
    hours,
    later,
    isForgotten,
    bytes,
  }: typeof aLife extends fc.Arbitrary<infer T> ? T : never,
): Job[] {
  const at = hours * HOUR_MS;
  const { id } = store.addJob({ request: aRequest({ project, spider, tags }), actor: 'USER' }, at);
  if (state !== 'PENDING') store.changeState(id, 'RUNNING', { startedAt: at }, at);
  if (state !== 'PENDING' && state !== 'RUNNING') {
    const final = state === 'DELETED' ? 'FAILED' : state;
    store.changeState(id, final, { finishedAt: at, outputBytes: bytes }, at);
  }
  if (state === 'DELETED') store.changeState(id, state, { deletedAt: at + 1 }, at + 1);
  if (later !== null) store.setFields(id, { tags: later });
  if (isForgotten) store.removeJobs([id]);
  const [job] = store.jobs([{ seq: store.job(id)?.seq ?? 0, changedAt: at }]);
  return job === undefined ? [] : [job];
}

function compare(
  store: Store,
  jobs: readonly Job[],
  search: JobSearch,
  { offset, limit }: { offset: number; limit: number },
): void {
  const found = jobs
    .filter((job) => meets(job, search))
    .sort((one, other) => other.changedAt - one.changedAt || other.seq - one.seq);
  expect(store.countJobs(search), JSON.stringify(search)).to.equal(found.length);
  const page = found.slice(offset, offset + limit);
  expect(store.searchJobs(search, { offset, limit }), JSON.stringify(search)).to.deep.equal(page);
  const after = page[0];
  if (after === undefined) return;
  const next = store.searchJobs(search, { offset: 0, limit, after });
  expect(next).to.deep.equal(found.slice(offset + 1, offset + 1 + limit));
}

function meets(job: Job, { project, spider, states, hasTags, lacksTags, from, before }: JobSearch): boolean {
  return (
    (project === undefined || [project].flat().includes(job.project)) &&
    (spider === undefined || job.spider === spider) &&
    (states === undefined || states.includes(job.state)) &&
    (hasTags === undefined || hasTags.some((tag) => job.tags.includes(tag))) &&
    lacksTags?.some((tag) => job.tags.includes(tag)) !== true &&
    (from === undefined || job.changedAt >= from) &&
    (before === undefined || job.changedAt < before)
  );
}

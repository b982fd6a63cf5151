import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Access } from '../../src/access/access.ts';
import { storeView, type StoreView } from '../../src/access/store-view.ts';
import type { Job } from '../../src/jobs/job.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aSchedule, aVersion } from '../support/samples.ts';

const limitedTo = (projects: string[] | null): Access => ({
  ...{ who: { kind: 'key', name: 'ci' }, readOnly: false },
  projects,
});

describe('the store, as a key of some projects sees it', () => {
  let folder = '';
  let store: Store;
  /** By the project, and whether it waits, runs or is over. */
  const jobs = new Map<string, Record<'pending' | 'running' | 'over', Job>>();
  const scheduleIds = new Map<string, string>();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-view-'));
    store = openSqliteStore(join(folder, 'orbweaver.db'));
    for (const project of ['mine', 'hidden', 'ours']) {
      store.addVersion(aVersion({ project, name: '1' }));
      const request = aRequest({ project });
      const add = (jobid: string) => store.addJob({ request, actor: 'USER', jobid }, 1);
      const run = (jobid: string) => store.changeState(add(jobid).id, 'RUNNING', { startedAt: 1 }, 1);
      const over = store.changeState(run('over').id, 'SUCCESSFUL', { finishedAt: 2 }, 2);
      jobs.set(project, { pending: add('pending'), running: run('running'), over });
      const scheduled = store.addSchedule(aSchedule({ request }), 1);
      scheduleIds.set(project, scheduled.id);
      const skipped = { plannedAt: 9, skipped: `of ${project}` };
      const next = { plannedAt: 10, dueAt: 10 };
      store.makeFires({ schedule: scheduled, outcomes: [skipped], next, now: 9 });
      store.setProjectSettings(project, { of: project });
    }
  });
  after(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const idOf = (project: string) => store.projectEntries().find(({ name }) => name === project)?.id ?? 0;

  /** Each way of reading, asked about a project where it can be. Gives what is found. */
  const READS: { [Name in keyof StoreView]: (view: StoreView, project: string) => unknown } = {
    currentVersions: (view) => view.currentVersions(),
    currentVersion: (view, project) => view.currentVersion(project),
    versions: (view, project) => view.versions(project),
    namedVersion: (view, project) => view.namedVersion(project, '1'),
    job: (view, project) => view.job(jobs.get(project)?.over.id ?? ''),
    jobs: (view) => view.jobs([...jobs.values()].flatMap((each) => Object.values(each))),
    counts: (view, project) => [view.counts(), view.counts(project)],
    listJobs: (view, project) => [
      store.jobs(view.listJobs({ states: ['SUCCESSFUL'] })),
      store.jobs(view.listJobs({ states: ['SUCCESSFUL'], project })),
    ],
    queue: (view, project) => [store.jobs(view.queue()), store.jobs(view.queue(project))],
    running: (view, project) => [view.running(), view.running(project)],
    pendingCount: (view, project) => [view.pendingCount(), view.pendingCount(project)],
    ended: (view, project) => [store.jobs(view.ended(9)), store.jobs(view.ended(9, project))],
    endedCount: (view, project) => [view.endedCount(9), view.endedCount(9, project)],
    jobByJobid: (view, project) => [view.jobByJobid('over'), view.jobByJobid('over', project)],
    runByJobid: (view, project) => view.runByJobid(project, 'css', 'over'),
    projectsWithRuns: (view) => view.projectsWithRuns(),
    spidersWithRuns: (view, project) => view.spidersWithRuns(project),
    runsOfSpider: (view, project) => view.runsOfSpider(project, 'css', { limit: 9 }),
    version: (view, project) => view.version(store.currentVersion(project)?.id ?? 0),
    projectEntries: (view) => view.projectEntries(),
    projectById: (view, project) => view.projectById(idOf(project)),
    spiderEntries: (view, project) => view.spiderEntries(project),
    projectSettings: (view, project) => view.projectSettings(project),
    activity: (view, project) => view.activity(project, 9),
    jobByKey: (view, project) => view.jobByKey(jobs.get(project)?.over.key ?? '0/0/0'),
    searchJobs: (view, project) => view.searchJobs({ project }, { offset: 0, limit: 9 }),
    countJobs: (view, project) => view.countJobs({ project }),
    lastOfSpiders: (view, project) => view.lastOfSpiders({ project, from: 0, limit: 9 }),
    jobsUnder: (view, project) => view.jobsUnder({ project }, { limit: 9 }),
    schedule: (view, project) => view.schedule(scheduleIds.get(project) ?? ''),
    listSchedules: (view, project) => [
      view.listSchedules({ states: ['SCHEDULED'] }),
      view.listSchedules({ states: ['SCHEDULED'], project }),
    ],
    schedules: (view, project) => view.schedules(store.listSchedules({ states: ['SCHEDULED'], project })),
    schedulesPage: (view, project) => [
      view.schedulesPage({ states: ['SCHEDULED'] }, { limit: 9 }),
      view.schedulesPage({ states: ['SCHEDULED'], project }, { limit: 9 }),
    ],
    fires: (view, project) => view.fires(scheduleIds.get(project) ?? '', { limit: 9 }),
    scheduleCount: (view, project) => [view.scheduleCount(), view.scheduleCount(project)],
  };
  const read = (name: string, projects: string[] | null, project: string) =>
    READS[name as keyof StoreView](storeView(store, limitedTo(projects)), project);

  it('can be read in these ways, and no other', () => {
    expect(Object.keys(storeView(store, limitedTo(null))).sort()).to.deep.equal(Object.keys(READS).sort());
  });

  for (const name of Object.keys(READS)) {
    it(`has nothing of other projects, nor tells them from none, by ${name}`, () => {
      for (const projects of [['mine', 'ours', 'absent'], ['absent'], []]) {
        const found = JSON.stringify(read(name, projects, 'hidden'));
        expect(found).to.not.contain('hidden');
        expect(found).to.equal(JSON.stringify(read(name, projects, 'no such project')));
      }
      expect(JSON.stringify(read(name, [], 'hidden'))).to.not.match(/[1-9]/);
    });

    it(`has its own as a key of all has them, by ${name}`, () => {
      const all = JSON.stringify(read(name, null, 'mine'));
      expect(JSON.stringify(read(name, ['hidden', 'mine', 'ours'], 'mine'))).to.equal(all);
      expect(all).to.match(/mine|css|[1-9]/);
    });
  }
});

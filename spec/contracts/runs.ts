import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import type { JobRequest } from '../../src/jobs/job.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aVersion } from '../support/samples.ts';

/** How every implementation of the Store looks up what waits and what ran. */
export function runsContract({ open, remove }: { open: () => Store; remove: () => void }): void {
  let store: Store;
  const submit = (changes: Partial<JobRequest> = {}, jobid?: string) =>
    store.addJob(
      { request: aRequest(changes), actor: 'USER', ...(jobid === undefined ? {} : { jobid }) },
      1000,
    );
  const run = (changes: Partial<JobRequest> = {}, jobid?: string) => {
    const job = submit(changes, jobid);
    return store.changeState(job.id, 'RUNNING', { versionId: 1, startedAt: 2000 }, 2000);
  };
  const end = (id: string, finishedAt = 3000, outputBytes = 0) =>
    store.changeState(id, 'SUCCESSFUL', { finishedAt, outputBytes }, finishedAt);
  const withdraw = (id: string) => store.changeState(id, 'CANCELED', { finishedAt: 9 }, 9);

  describe('runs', () => {
    beforeEach(() => {
      store = open();
      for (const project of ['quotes', 'other']) store.addVersion(aVersion({ project }));
    });
    afterEach(() => {
      store.close();
      remove();
    });

    it('waiting are listed in the order of the queue, of one project or of all', () => {
      const jobs = [submit(), submit({ priority: 1 }), submit({ project: 'other' })];
      run();
      const ids = (project?: string) => store.jobs(store.queue(project)).map(({ id }) => id);
      expect(ids()).to.deep.equal([jobs[1]!.id, jobs[0]!.id, jobs[2]!.id]);
      expect(ids('other')).to.deep.equal([jobs[2]!.id]);
      expect(store.pendingCount()).to.equal(3);
    });

    it('that are over are listed, the last ended first; a job that never ran is none', () => {
      const jobs = [run(), run({ project: 'other' }), run()];
      withdraw(submit().id);
      end(jobs[0]!.id, 5000);
      end(jobs[1]!.id, 7000);
      end(jobs[2]!.id, 6000);
      const ids = (limit: number, project?: string) =>
        store.jobs(store.ended(limit, project)).map(({ id }) => id);
      expect(ids(9)).to.deep.equal([jobs[1]!.id, jobs[2]!.id, jobs[0]!.id]);
      expect(ids(2)).to.deep.equal([jobs[1]!.id, jobs[2]!.id]);
      expect(ids(9, 'quotes')).to.deep.equal([jobs[2]!.id, jobs[0]!.id]);
      expect([store.endedCount(100), store.endedCount(2)]).to.deep.equal([3, 2]);
    });

    it('are found by the jobid that a client chose, the newest first', () => {
      const first = run({}, 'nightly');
      expect(first.jobid).to.equal('nightly');
      end(first.id);
      const second = submit({}, 'nightly');
      expect(store.jobByJobid('nightly')?.id).to.equal(second.id);
      expect(store.jobByJobid('nightly', 'quotes')?.id).to.equal(second.id);
      expect(store.jobByJobid('nightly', 'other')).to.equal(null);
      expect(store.runByJobid('quotes', 'css', 'nightly')?.id).to.equal(first.id);
      expect(store.runByJobid('quotes', 'xpath', 'nightly')).to.equal(null);
      expect(store.runsOfSpider('quotes', 'css', { limit: 9 }).map(({ id }) => id)).to.deep.equal([first.id]);
      const unnamed = submit();
      expect(store.jobByJobid(unnamed.id.replaceAll('-', ''))?.id).to.equal(unnamed.id);
    });

    it('are found by their jobid as long as they are active or have run, whatever else had it since', () => {
      const ran = run({}, 'nightly');
      end(ran.id);
      withdraw(submit({}, 'nightly').id);
      expect(store.jobByJobid('nightly')?.id).to.equal(ran.id);
      const active = submit({}, 'nightly');
      end(run({ project: 'other' }, 'nightly').id);
      expect(store.jobByJobid('nightly')?.id).to.equal(active.id);
    });

    it('may not take the jobid of an active job of their project', () => {
      const words = 'Project "quotes" has a job "nightly" already, which is PENDING';
      const active = submit({}, 'nightly');
      expect(() => submit({}, 'nightly'))
        .to.throw(UserError, words)
        .with.property('kind', 'conflict');
      expect(submit({ project: 'other' }, 'nightly').jobid).to.equal('nightly');
      withdraw(active.id);
      submit({}, 'nightly');
    });

    it('are found by project and spider, each jobid once, page by page', () => {
      const first = run({}, 'same');
      end(first.id);
      const jobs = [run({}, 'same'), run(), run()];
      submit({ spider: 'xpath' });
      run({ project: 'other', spider: 'xpath' });
      expect(store.projectsWithRuns()).to.deep.equal(['other', 'quotes']);
      expect(store.spidersWithRuns('quotes')).to.deep.equal(['css']);
      expect(store.spidersWithRuns('nope')).to.deep.equal([]);
      const page = store.runsOfSpider('quotes', 'css', { limit: 2 });
      expect(page.map(({ id }) => id)).to.deep.equal([jobs[2]!.id, jobs[1]!.id]);
      const next = store.runsOfSpider('quotes', 'css', { after: page[1]!, limit: 2 });
      expect(next.map(({ id }) => id)).to.deep.equal([jobs[0]!.id]);
    });

    it('beyond the newest few of a spider with output are named, until it is forgotten', () => {
      const spiders = ['css', 'css', 'css', 'xpath'];
      const jobs = spiders.map((spider, at) => end(run({ spider }).id, 3000 + at, 10));
      end(run().id, 9000, 0);
      expect(store.outputsBeyond(1, 9)).to.have.members([jobs[0]!.id, jobs[1]!.id]);
      expect(store.outputsBeyond(1, 1)).to.have.length(1);
      store.forgetOutputs([jobs[0]!.id]);
      expect(store.outputsBeyond(1, 9)).to.deep.equal([jobs[1]!.id]);
      expect(store.job(jobs[0]!.id)).to.include({ state: 'SUCCESSFUL' });
    });
  });
}

import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import type { JobRequest } from '../../src/jobs/job.ts';
import { valuesFor } from '../../src/projects/variables.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aSchedule, aVersion } from '../support/samples.ts';

/** What every implementation of the Store does. `open` opens the same place again, as after a restart. */
export function storeContract({ open, remove }: { open: () => Store; remove: () => void }): void {
  let store: Store;
  const submit = (changes: Partial<JobRequest> = {}, now = 1000) =>
    store.addJob({ request: aRequest(changes), actor: 'USER' }, now);
  const run = (id: string, now = 2000) =>
    store.changeState(id, 'RUNNING', { versionId: 1, startedAt: now }, now);
  const end = (id: string, now = 3000, outputBytes = 0) =>
    store.changeState(
      id,
      'SUCCESSFUL',
      { finishedAt: now, exit: { code: 0, signal: null, reason: null }, outputBytes },
      now,
    );
  const refused = (work: () => unknown, kind: string, words: string) => {
    expect(work).to.throw(UserError, words).with.property('kind', kind);
  };

  beforeEach(() => {
    store = open();
    store.addVersion(aVersion());
  });
  afterEach(() => {
    store.close();
    remove();
  });

  describe('jobs', () => {
    it('gives a job its three names and remembers all that was asked', () => {
      const request = aRequest({
        args: { a: 'é\u2028=1' },
        settings: { X: '1' },
        env: { E: 'v' },
        priority: -1.5,
        units: 2,
        fork: false,
      });
      const job = store.addJob({ request, actor: 'USER' }, 1000);
      expect(job).to.deep.include({
        ...request,
        state: 'PENDING',
        actor: 'USER',
        createdAt: 1000,
        changedAt: 1000,
      });
      expect(job.id).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(job.jobid).to.equal(job.id.replaceAll('-', ''));
      expect(job.key).to.equal('1/1/1');
      expect(submit({ spider: 'xpath' }).key).to.equal('1/2/1');
      expect(submit().key).to.equal('1/1/2');
      expect(store.job(job.id)).to.deep.equal(job);
    });

    it('refuses a job of an unknown project or spider, by name', () => {
      refused(() => submit({ project: 'nope' }), 'not-found', 'Unknown project "nope"');
      refused(() => submit({ spider: 'nope' }), 'not-found', 'Unknown spider "nope"');
    });

    it('queues by priority, then by arrival', () => {
      const ids = [submit(), submit({ priority: 1 }), submit(), submit({ priority: 1.5 })].map(
        ({ id }) => id,
      );
      const order: string[] = [];
      for (let job = store.nextPending(); job !== null; job = store.nextPending()) {
        order.push(job.id);
        run(job.id);
      }
      expect(order).to.deep.equal([ids[3], ids[1], ids[0], ids[2]]);
    });

    it('tells the running jobs in the order of their starts', () => {
      const [late, early] = [submit(), submit()];
      run(early.id, 1000);
      run(late.id, 2000);
      expect(store.running().map(({ id }) => id)).to.deep.equal([early.id, late.id]);
    });

    it('keeps what happens to a job over a restart', () => {
      const { id } = submit();
      run(id, 2000);
      store.setProcess(id, { pid: 7, startTime: '99', bootId: 'b' });
      store.setStop(id, { signal: 'SIGINT', sent: false, killAt: 12_000 });
      store.close();
      store = open();
      expect(store.running()).to.have.length(1);
      expect(store.job(id)).to.deep.include({
        state: 'RUNNING',
        startedAt: 2000,
        changedAt: 2000,
        versionId: 1,
        process: { pid: 7, startTime: '99', bootId: 'b' },
        stop: { signal: 'SIGINT', sent: false, killAt: 12_000 },
      });
    });

    it('refuses a transition that the table of states does not have, and changes nothing', () => {
      const { id } = submit();
      expect(() => end(id)).to.throw('cannot go from PENDING to SUCCESSFUL');
      run(id);
      end(id);
      expect(() => run(id)).to.throw('cannot go from SUCCESSFUL to RUNNING');
      expect(store.job(id)).to.deep.include({ state: 'SUCCESSFUL', finishedAt: 3000 });
      expect(store.counts()).to.deep.equal({ run: 1, successful: 1, failed: 0, canceled: 0 });
    });

    it('counts what ran since it was set up, removed jobs included, and not what was given back', () => {
      const [a, b, c, d] = [submit(), submit(), submit(), submit()].map(({ id }) => id);
      run(a!);
      end(a!);
      run(b!);
      store.changeState(b!, 'FAILED', { finishedAt: 3000 }, 3000);
      run(c!);
      store.changeState(c!, 'PENDING', { startedAt: null, versionId: null }, 3000);
      store.changeState(c!, 'CANCELED', { finishedAt: 3000 }, 3000);
      run(d!);
      store.changeState(d!, 'CANCELED', { finishedAt: 3000 }, 3000);
      store.removeJobs([a!, b!]);
      expect(store.counts()).to.deep.equal({ run: 3, successful: 1, failed: 1, canceled: 1 });
    });

    it('lists by state, project and spider, the last changed first', () => {
      store.addVersion(aVersion({ project: 'other' }));
      const a = submit({}, 1);
      const b = submit({ spider: 'xpath' }, 2);
      const c = submit({ project: 'other' }, 3);
      run(a.id, 4);
      const list = (filter: Parameters<Store['listJobs']>[0]) =>
        store.jobs(store.listJobs(filter)).map(({ id }) => id);
      expect(list({ states: ['PENDING', 'RUNNING'] })).to.deep.equal([a.id, c.id, b.id]);
      expect(list({ states: ['PENDING'], project: 'quotes' })).to.deep.equal([b.id]);
      expect(list({ states: ['PENDING', 'RUNNING'], spider: 'css' })).to.deep.equal([a.id, c.id]);
      expect(list({ states: ['FAILED'] })).to.deep.equal([]);
    });

    it('names finished jobs beyond a count, an age and a size, and never one that is not over', () => {
      const jobs = [1, 2, 3, 4, 5].map(() => submit());
      const active = submit();
      run(active.id, 1);
      for (const [index, { id }] of jobs.entries()) {
        run(id);
        end(id, 10_000 + index, 100);
      }
      const ids = jobs.map(({ id }) => id);
      const beyond = (limits: Parameters<Store['finishedBeyond']>[0], now = 20_000) =>
        store.finishedBeyond(limits, now, 10);
      expect(beyond({ count: 5 })).to.deep.equal([]);
      expect(beyond({ count: 3 })).to.deep.equal(ids.slice(0, 2));
      expect(beyond({ count: 0 })).to.deep.equal(ids);
      expect(beyond({ count: 9, ageMs: 9_998 })).to.deep.equal(ids.slice(0, 2));
      expect(beyond({ count: 9, bytes: 250 })).to.deep.equal(ids.slice(0, 3));
      expect(store.finishedBeyond({ count: 0 }, 20_000, 2)).to.deep.equal(ids.slice(0, 2));
      store.removeJobs([...ids, active.id]);
      expect(store.job(active.id)).to.not.equal(null);
      expect(store.job(ids[0]!)).to.equal(null);
    });
  });

  describe('projects', () => {
    it('shows the last pushed version as the current one', () => {
      const second = store.addVersion(aVersion({ spiders: ['css'], fork: false, copy: true }));
      expect(store.currentVersion('quotes')).to.deep.equal(second);
      expect(store.currentVersions()).to.deep.equal([second]);
      refused(() => submit({ spider: 'xpath' }), 'not-found', 'Unknown spider "xpath"');
    });

    it('keeps a version while it is current or a job runs it', () => {
      const job = submit();
      run(job.id);
      store.addVersion(aVersion());
      expect(store.unusedVersions()).to.deep.equal([]);
      end(job.id);
      const [unused] = store.unusedVersions();
      expect(unused?.id).to.equal(1);
      store.forgetVersion(1);
      expect(store.version(1)).to.equal(null);
      expect(store.versionFolders().size).to.equal(1);
    });

    it('refuses a version without a spider that has schedules, and to remove a project with schedules', () => {
      const schedule = store.addSchedule(aSchedule(), 1);
      refused(() => store.addVersion(aVersion({ spiders: ['xpath'] })), 'conflict', 'Spider "css"');
      refused(() => store.removeProject('quotes', 9), 'conflict', 'There is 1 schedule for project "quotes"');
      expect(store.currentVersion('quotes')?.spiders).to.deep.equal(['css', 'xpath']);
      store.changeSchedule(schedule.id, { state: 'CANCELED', nextFireAt: null }, 9);
      store.addVersion(aVersion({ spiders: ['xpath'] }));
    });

    it('cancels what is pending when a project goes, leaves what runs, and never gives its id again', () => {
      const [pending, running] = [submit(), submit({ priority: 1 })];
      run(running.id);
      expect(store.removeProject('quotes', 9)).to.deep.equal([pending.id]);
      expect(store.job(pending.id)).to.include({ state: 'CANCELED', finishedAt: 9 });
      expect(store.job(running.id)).to.include({ state: 'RUNNING' });
      expect(store.currentVersions()).to.deep.equal([]);
      refused(() => store.removeProject('quotes', 9), 'not-found', 'Unknown project "quotes"');
      store.addVersion(aVersion({ project: 'new' }));
      store.addVersion(aVersion());
      expect(submit({ project: 'new' }).key).to.equal('2/1/1');
      expect(submit().key).to.equal('1/1/3');
    });
  });

  describe('variables of projects', () => {
    const VALUES = { EMPTY: '', LINES: 'a\nb', Z: "é'; DROP TABLE 🕷", ['__proto__']: 'x' };
    const values = (project: string, spider: string | null = null) =>
      valuesFor(store.variables(project), spider);

    it('are kept with any name and value, and given in the order of their names', () => {
      store.setVariables('quotes', { Z: VALUES.Z, ['__proto__']: 'x', LINES: VALUES.LINES, EMPTY: '' });
      store.close();
      store = open();
      expect(Object.entries(values('quotes'))).to.deep.equal(Object.entries(VALUES));
      expect(values('other')).to.deep.equal({});
    });

    it('are changed and removed one by one', () => {
      store.setVariables('quotes', { A: '1', B: '2', C: '3' });
      store.setVariables('quotes', { A: null, B: 'two', ABSENT: null });
      expect(values('quotes')).to.deep.equal({ B: 'two', C: '3' });
    });

    it('are those of a spider where one is named, whatever others have', () => {
      store.setVariables('quotes', { A: '1', B: '2' });
      store.setVariables('quotes', { A: 'css', C: 'css' }, { spider: 'css' });
      store.setVariables('quotes', { A: 'xpath' }, { spider: 'xpath' });
      store.setVariables('quotes', { A: null }, { spider: 'xpath' });
      expect(values('quotes', 'css')).to.deep.equal({ A: 'css', B: '2', C: 'css' });
      expect(values('quotes', 'xpath')).to.deep.equal({ A: '1', B: '2' });
      expect(store.variables('quotes').map(({ spider, name }) => [spider, name])).to.deep.equal([
        [null, 'A'],
        [null, 'B'],
        ['css', 'A'],
        ['css', 'C'],
      ]);
    });

    it('are secret once said so, for the project and all its spiders, until they are removed', () => {
      const secret = () =>
        store
          .variables('quotes')
          .flatMap(({ spider, name, secret }) => (secret ? [`${spider} ${name}`] : []));
      store.setVariables('quotes', { A: '1', B: '1' });
      store.setVariables('other', { A: '1' });
      store.setVariables('quotes', { A: '2' }, { spider: 'css', secret: true });
      store.setVariables('quotes', { A: '3' });
      store.setVariables('quotes', { A: '4' }, { spider: 'xpath' });
      expect(secret()).to.deep.equal(['null A', 'css A', 'xpath A']);
      expect(store.variables('other')).to.deep.equal([
        { name: 'A', value: '1', spider: null, secret: false },
      ]);
      store.setVariables('quotes', { A: null });
      for (const spider of ['css', 'xpath']) store.setVariables('quotes', { A: null }, { spider });
      store.setVariables('quotes', { A: '5' });
      expect(secret()).to.deep.equal([]);
    });

    it('are there before a project is pushed, without making it one, and after it is removed', () => {
      store.setVariables('later', { A: '1' });
      store.setVariables('quotes', { B: '2' });
      expect(store.currentVersions().map(({ project }) => project)).to.deep.equal(['quotes']);
      store.removeProject('quotes', 10);
      store.addVersion(aVersion({ project: 'later' }));
      expect(values('later')).to.deep.equal({ A: '1' });
      expect(values('quotes')).to.deep.equal({ B: '2' });
    });

    it('are seen at once by whoever has the store open', () => {
      const other = open();
      other.setVariables('quotes', { A: '1' });
      expect(values('quotes')).to.deep.equal({ A: '1' });
      other.close();
    });
  });
}

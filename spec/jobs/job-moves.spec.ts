import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { Dispatcher } from '../../src/jobs/dispatcher.ts';
import { JobMoves, type Push } from '../../src/jobs/job-moves.ts';
import type { Job } from '../../src/jobs/job.ts';
import { JobService } from '../../src/jobs/job-service.ts';
import { JobWatch } from '../../src/jobs/job-watch.ts';
import { RunEnds } from '../../src/jobs/run-ends.ts';
import { stageOf, type Stage } from '../../src/jobs/stages.ts';
import { OutputFiles } from '../../src/spiderhost/output-files.ts';
import type { Store } from '../../src/store/store.ts';
import { openQuickStore } from '../support/quick-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeRunner } from '../support/fake-runner.ts';
import { aRequest, aVersion } from '../support/samples.ts';
import { silentLog } from '../support/silent-log.ts';

describe('moves of jobs by clients of a queue', () => {
  let folder = '';
  let store: Store;
  let clock: FakeClock;
  let runner: FakeRunner;
  let outputs: OutputFiles;
  let jobs: JobService;
  let moves: JobMoves;
  /** Jobs that are over, as those who wait for them hear it. */
  let watch: JobWatch;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-moves-'));
    for (const name of ['logs', 'items', 'stats', 'records']) mkdirSync(join(folder, name));
    store = openQuickStore(join(folder, 'db'));
    store.addVersion(aVersion());
    store.setHeld('quotes', true);
    clock = new FakeClock(1_000_000);
    runner = new FakeRunner();
    outputs = new OutputFiles(folder);
    watch = new JobWatch();
    const common = { store, outputs, clock, watch };
    const ends: RunEnds = new RunEnds({
      ...{ ...common, runner: () => runner, log: silentLog },
      onOver: (job) => {
        dispatcher.release(job.id);
      },
      onRecorded: () => undefined,
    });
    const dispatcher: Dispatcher = new Dispatcher({
      ...{ ...common, runner, ends, slots: 1, log: silentLog },
      environments: { ready: () => ({ folder: '/env' }), ensure: () => Promise.resolve() },
      defaults: {
        ...{ projectsFolder: '/p', workFolder: '/w', spiderDataFolder: '/s', outputLimit: 1000 },
        ...{ captureItems: true, access: () => ({}) },
      },
    });
    jobs = new JobService({ ...common, dispatcher, ends, slots: 1 });
    moves = new JobMoves({ ...common, jobs, dispatcher });
    dispatcher.start([]);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const push = (stage: Stage = 'pending', more: Partial<Push> = {}): Job =>
    moves.push({ request: aRequest(), meta: {}, stage, by: 'ann', ...more });
  const now = ({ id }: Job): Job => store.job(id)!;
  const move = (job: Job, to: Stage, fields = {}) => moves.move(now(job), to, fields, 'bob');

  it('make jobs in any stage, whose spiders need no code', () => {
    const other = push('running', { request: aRequest({ spider: 'nobody' }) });
    expect(other).to.include({ state: 'RUNNING', external: true, process: null });
    expect(other.actors).to.deep.equal({ scheduled: 'ann', started: 'ann' });
    expect(push('finished', { closeReason: 'mine' })).to.include({ state: 'CANCELED', closeReason: 'mine' });
    expect(push('deleted').deletedAt).to.equal(clock.now() + 2);
    expect(push('pending', { meta: { a: 1 } })).to.deep.include({ state: 'PENDING', meta: { a: 1 } });
    expect(runner.starts).to.deep.equal([]);
  });

  it('make nothing of a push that fails in the middle', () => {
    const refused = () => push('running', { request: aRequest({ project: 'nowhere' }) });
    expect(refused).to.throw(UserError, 'Unknown project "nowhere"');
    push('pending', { uniqueKey: 'h' });
    expect(() => push('finished', { uniqueKey: 'h' })).to.throw(UserError, 'already scheduled');
    expect(store.countJobs({ project: 'quotes' })).to.equal(1);
  });

  it('go from each stage to each other, but not back from the end', () => {
    const stages: Stage[] = ['pending', 'running', 'finished', 'deleted'];
    const went = stages.map((from) =>
      stages.map((to) => {
        const job = push(from);
        try {
          return `${String(move(job, to))} ${stageOf(now(job).state)}`;
        } catch (error) {
          return (error as UserError).kind;
        }
      }),
    );
    expect(went).to.deep.equal([
      ['pending pending', 'pending running', 'pending finished', 'pending deleted'],
      ['running pending', 'running running', 'running finished', 'running deleted'],
      ['conflict', 'conflict', 'finished finished', 'finished deleted'],
      ['null deleted', 'null deleted', 'null deleted', 'null deleted'],
    ]);
  });

  it('say what became of a job that ran elsewhere, by the reason that is given', () => {
    const reasons = ['finished', 'failed', 'cancelled', 'cancel_timeout', 'memusage_exceeded', 'own words'];
    const states = reasons.map((closeReason) => {
      const job = push('running');
      move(job, 'finished', { closeReason, meta: { items: 5 } });
      expect(now(job)).to.deep.include({ closeReason, meta: { items: 5 } });
      expect(now(job).actors).to.include({ completed: 'bob' });
      return now(job).state;
    });
    expect(states).to.deep.equal(['SUCCESSFUL', 'FAILED', 'CANCELED', 'CANCELED', 'FAILED', 'SUCCESSFUL']);
    const silent = push('running');
    move(silent, 'finished');
    expect(now(silent)).to.include({ state: 'SUCCESSFUL', closeReason: 'no_reason' });
  });

  it('change many together or none, and never two at one instant', () => {
    const [a, b, over] = [push(), push('running'), push('finished')];
    const both = [a, b].map(({ id }) => ({ id, to: 'finished' as const, fields: { meta: { x: 1 } } }));
    const wrong = { id: over.id, to: 'pending' as const, fields: {} };
    expect(() => moves.moveAll([...both, wrong], 'bob')).to.throw(UserError, 'cannot be pending again');
    expect(now(a)).to.deep.include({ state: 'PENDING', meta: {} });
    const heard: string[] = [];
    watch.onOver(a.id, ({ state }) => heard.push(state));
    const gone = { id: 'gone', to: null, fields: {} };
    expect(moves.moveAll([...both, gone], 'bob')).to.deep.equal(['pending', 'running', null]);
    expect(heard).to.deep.equal(['CANCELED']);
    expect(moves.moveAll([{ id: a.id, to: null, fields: { tags: ['t'] } }], 'bob')).to.deep.equal([
      'finished',
    ]);
    expect(now(a).tags).to.deep.equal(['t']);
    const [last, next] = [push('finished'), push('finished')];
    expect(next.changedAt).to.be.greaterThan(last.changedAt);
  });

  it('hand out the first of the queue of a project, held or not', () => {
    const [first, high] = [push(), push('pending', { request: aRequest({ priority: 1 }) })];
    const claimed = moves.claim('quotes', { meta: { w: 1 } }, 'bob');
    expect(claimed).to.deep.include({ id: high.id, state: 'RUNNING', external: true, meta: { w: 1 } });
    expect(claimed?.actors).to.deep.equal({ scheduled: 'ann', started: 'bob' });
    expect(moves.claim('quotes', {}, 'bob')?.id).to.equal(first.id);
    expect(moves.claim('quotes', {}, 'bob')).to.equal(null);
  });

  it('cancel what waits at once, and tell those who run others elsewhere', () => {
    const [waits, runs, over] = [push(), push('running'), push('finished')];
    expect([waits, runs, over].map((job) => moves.cancel(job, 'bob'))).to.deep.equal([true, true, false]);
    expect(now(waits)).to.include({ state: 'CANCELED', closeReason: 'cancelled' });
    expect(now(runs)).to.include({ state: 'RUNNING', stop: null });
    expect(now(runs).actors).to.include({ cancelled: 'bob' });
  });

  it('leave what runs here to its process, which is only told to stop, once', async () => {
    store.setHeld('quotes', false);
    const job = push();
    await new Promise(setImmediate);
    expect(now(job)).to.include({ state: 'RUNNING', external: false });
    for (const to of ['pending', 'deleted'] as const) {
      expect(() => move(job, to))
        .to.throw(UserError, 'runs here and cannot be')
        .with.property('kind', 'conflict');
    }
    expect(() => {
      moves.erase(now(job), 'bob');
    }).to.throw(UserError, 'cancel it first');
    expect(move(job, 'finished')).to.equal('running');
    expect(moves.cancel(now(job), 'eve')).to.equal(true);
    expect(runner.signals).to.deep.equal([{ jobId: job.id, signal: 'SIGINT', target: 'process' }]);
    clock.pass(300_000);
    expect(runner.signals.at(-1)).to.deep.equal({ jobId: job.id, signal: 'SIGKILL', target: 'group' });
  });

  it('give a stop that would wait for ever, as that of scrapyd, its end', async () => {
    store.setHeld('quotes', false);
    const job = push();
    await new Promise(setImmediate);
    jobs.stop(job.id, { signal: 'TERM', graceMs: null });
    clock.pass(300_000);
    expect(moves.cancel(now(job), 'bob')).to.equal(true);
    clock.pass(299_999);
    expect(runner.signals.map(({ signal }) => signal)).to.deep.equal(['TERM', 'SIGINT']);
    clock.pass(1);
    expect(runner.signals.at(-1)).to.deep.equal({ jobId: job.id, signal: 'SIGKILL', target: 'group' });
  });

  it('let the next one start when one that held it up is gone', async () => {
    store.addVersion(aVersion({ project: 'other' }));
    const [first, second] = ['other', 'other'].map((project) =>
      push('pending', { request: aRequest({ project }) }),
    );
    await new Promise(setImmediate);
    expect(runner.starts.map(({ jobId }) => jobId)).to.deep.equal([first!.id]);
    move(second!, 'running');
    expect(now(second!)).to.include({ external: true });
    expect(runner.starts).to.have.length(1);
  });

  it('may leave records here, which count as what a job left however it ends', async () => {
    const [finished, canceled] = [push('running'), push('running')];
    for (const { id } of [finished, canceled]) writeFileSync(outputs.paths(id).items, '{}\n');
    move(finished, 'finished');
    await jobs.cancel(canceled.id, { signal: 'SIGINT', graceMs: 10_000 });
    expect(store.outputsBeyond(0, 9)).to.have.members([finished.id, canceled.id]);
  });

  it('remove what a deleted job left, and of an erased one the record too', () => {
    const [deleted, erased] = [push('running'), push()];
    for (const { id } of [deleted, erased]) writeFileSync(outputs.paths(id).items, '{}\n');
    move(deleted, 'deleted');
    moves.erase(now(erased), 'bob');
    expect([deleted, erased].map(({ id }) => existsSync(outputs.paths(id).items))).to.deep.equal([
      false,
      false,
    ]);
    expect(now(deleted)).to.include({ state: 'DELETED', closeReason: 'cancelled' });
    expect(now(deleted).actors).to.include({ deleted: 'bob' });
    expect(store.job(erased.id)).to.equal(null);
  });
});

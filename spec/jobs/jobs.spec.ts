import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { Dispatcher } from '../../src/jobs/dispatcher.ts';
import type { Exit, Job, JobRequest } from '../../src/jobs/job.ts';
import { JobService } from '../../src/jobs/job-service.ts';
import { JobWatch } from '../../src/jobs/job-watch.ts';
import { recoverRunning } from '../../src/jobs/recovery.ts';
import { removeOldJobs, removeStrayOutputs } from '../../src/jobs/retention.ts';
import { RunEnds } from '../../src/jobs/run-ends.ts';
import { OutputFiles } from '../../src/spiderhost/output-files.ts';
import type { Store } from '../../src/store/store.ts';
import { openQuickStore } from '../support/quick-store.ts';
import { aRequest, aSchedule, aVersion } from '../support/samples.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeRunner } from '../support/fake-runner.ts';

import { silentLog } from '../support/silent-log.ts';

const OK: Exit = { code: 0, signal: null, reason: null };

describe('jobs', () => {
  let folder = '';
  let store: Store;
  let runner: FakeRunner;
  let clock: FakeClock;
  let watch: JobWatch;
  let outputs: OutputFiles;
  let ends: RunEnds;
  let dispatcher: Dispatcher;
  let jobs: JobService;
  let environmentFailure: Error | null;
  let logged: object[];
  /** What is still to be made, for the projects that wait for it. */
  let making: Map<string, PromiseWithResolvers<void>>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-jobs-'));
    for (const name of ['logs', 'items', 'stats', 'records']) mkdirSync(join(folder, name));
    store = openQuickStore(join(folder, 'db'));
    store.addVersion(aVersion({ folder: 'v1', root: 'quotes' }));
    runner = new FakeRunner();
    clock = new FakeClock(1_000_000);
    environmentFailure = null;
    logged = [];
    making = new Map();
    wire();
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function wire(slots = 2): void {
    watch = new JobWatch();
    outputs = new OutputFiles(folder);
    ends = new RunEnds({
      store,
      runner: () => runner,
      outputs,
      clock,
      log: silentLog,
      onOver: (job) => {
        dispatcher.release(job.id);
      },
      onRecorded: (job) => {
        watch.announce(job);
      },
    });
    dispatcher = new Dispatcher({
      store,
      runner,
      outputs,
      ends,
      environments: {
        ready: (needs) => {
          if (environmentFailure !== null) throw environmentFailure;
          if (needs === null) return { folder: '/env' };
          return making.has(needs.requirements ?? '') ? null : { folder: `/env-of-${needs.requirements}` };
        },
        ensure: (needs) => making.get(needs?.requirements ?? '')?.promise ?? Promise.resolve(),
      },
      defaults: {
        projectsFolder: '/projects',
        workFolder: '/runs',
        spiderDataFolder: '/spider-data',
        outputLimit: 1000,
        captureItems: true,
        access: () => ({}),
      },
      slots,
      clock,
      log: { ...silentLog, error: (details) => logged.push(details) },
    });
    jobs = new JobService({ store, dispatcher, ends, watch, slots, clock });
    dispatcher.start([]);
  }

  const submit = (changes: Partial<JobRequest> = {}) => jobs.submit(aRequest(changes));
  const stateOf = (job: Job) => store.job(job.id)?.state;
  const started = () => runner.starts.map(({ jobId }) => jobId);
  const stop = { signal: 'SIGINT', graceMs: 10_000 };

  it('start when what held them up is canceled with its project', () => {
    store.addVersion(aVersion({ project: 'other', folder: 'o1', root: 'other' }));
    submit();
    const wide = submit({ project: 'other', units: 2 });
    const next = submit();
    const heard: string[] = [];
    watch.onOver(wide.id, ({ state }) => heard.push(state));
    expect([wide, next].map(stateOf)).to.deep.equal(['PENDING', 'PENDING']);
    jobs.canceled(store.removeProject('other', clock.now()));
    expect([wide, next].map(stateOf)).to.deep.equal(['CANCELED', 'RUNNING']);
    expect(heard).to.deep.equal(['CANCELED']);
  });

  it('are claimed in the same turn while slots are free, and wait when they are not', async () => {
    const [a, b, c] = [submit(), submit(), submit()];
    expect([a, b, c].map(stateOf)).to.deep.equal(['RUNNING', 'RUNNING', 'PENDING']);
    await setImmediate();
    expect(started()).to.deep.equal([a.id, b.id]);
  });

  it('are started only when the disk has that they are claimed, and wait again when it fails', async () => {
    const disk = Promise.withResolvers<undefined>();
    store.sync = () => disk.promise;
    const job = submit();
    await setImmediate();
    expect(started()).to.deep.equal([]);
    disk.reject(new UserError('storage-full', 'EIO'));
    await setImmediate();
    expect([stateOf(job), started()]).to.deep.equal(['PENDING', []]);
    store.sync = () => Promise.resolve();
    clock.pass(5000);
    await setImmediate();
    expect(started()).to.deep.equal([job.id]);
  });

  it('are not started if they are stopped meanwhile, and wait again if the daemon stops', async () => {
    const disk = Promise.withResolvers<undefined>();
    store.sync = () => disk.promise;
    const [stopped, waiting] = [submit(), submit()];
    jobs.stop(stopped.id, stop);
    disk.resolve(undefined);
    dispatcher.stop();
    await setImmediate();
    expect(started()).to.deep.equal([]);
    expect([stopped, waiting].map(stateOf)).to.deep.equal(['CANCELED', 'PENDING']);
  });

  it('are given to the runner as the request and the project say', async () => {
    const job = submit({
      args: { a: '1' },
      payload: '{"b": 2}',
      env: { E: 'x' },
      settings: { S: 'y' },
      cmdArgs: '-L INFO',
      capture: false,
    });
    await setImmediate();
    expect(runner.starts[0]).to.deep.equal({
      jobId: job.id,
      environment: '/env',
      projectFolder: '/projects/v1/quotes',
      settingsModule: 'quotes.settings',
      project: 'quotes',
      spider: 'css',
      args: { a: '1', payload: '{"b": 2}' },
      settings: { S: 'y' },
      cmdArgs: '-L INFO',
      env: { E: 'x', SPIDER_DATA_DIR: '/spider-data', SCRAPY_PROJECT: 'quotes', SCRAPY_JOB: job.jobid },
      fork: true,
      copyProject: false,
      workFolder: `/runs/${job.id}`,
      stdout: join(folder, 'logs', `${job.id}.out`),
      stderr: join(folder, 'logs', `${job.id}.err`),
      items: null,
      records: join(folder, 'records', job.id),
      stats: join(folder, 'stats', `${job.id}.json`),
      outputLimit: 1000,
    });
    expect(store.job(job.id)?.process).to.deep.equal({ pid: 1, startTime: '1', bootId: 'boot' });
  });

  it('take the slots that others leave, first in first out, higher priority first', async () => {
    const [a, , c, d] = [submit(), submit(), submit(), submit({ priority: 1 })];
    ends.exited(a.id, OK, clock.now());
    await setImmediate();
    expect(started().at(-1)).to.equal(d.id);
    ends.exited(d.id, OK, clock.now());
    await setImmediate();
    expect(started().at(-1)).to.equal(c.id);
  });

  it('are not overtaken while they wait for several slots', async () => {
    const a = submit();
    const wide = submit({ units: 2 });
    const narrow = submit();
    await setImmediate();
    expect(started()).to.deep.equal([a.id]);
    ends.exited(a.id, OK, clock.now());
    await setImmediate();
    expect(started()).to.deep.equal([a.id, wide.id]);
    ends.exited(wide.id, OK, clock.now());
    await setImmediate();
    expect(started()).to.deep.equal([a.id, wide.id, narrow.id]);
  });

  it('are refused when they need more slots than there are', () => {
    expect(() => submit({ units: 3 }))
      .to.throw(UserError, '"3" units')
      .with.property('kind', 'invalid');
    expect(store.listJobs({ states: ['PENDING'] })).to.deep.equal([]);
  });

  it('still run when there are fewer slots than when they were made', () => {
    dispatcher.stop();
    const wide = submit({ units: 2 });
    wire(1);
    expect(stateOf(wide)).to.equal('RUNNING');
  });

  it('end as their exit says, are acknowledged and announced', async () => {
    const [good, bad] = [submit(), submit()];
    const told: string[] = [];
    for (const job of [good, bad]) watch.onOver(job.id, ({ id, state }) => told.push(`${id} ${state}`));
    writeFileSync(outputs.paths(good.id).stderr, 'log');
    ends.exited(good.id, OK, clock.now() + 5);
    ends.exited(bad.id, { code: 1, signal: null, reason: null }, clock.now() + 6);
    expect(store.job(good.id)).to.deep.include({
      state: 'SUCCESSFUL',
      exit: OK,
      finishedAt: clock.now() + 5,
    });
    expect(stateOf(bad)).to.equal('FAILED');
    await setImmediate();
    expect(runner.acknowledged).to.deep.equal([good.id, bad.id]);
    expect(told).to.deep.equal([`${good.id} SUCCESSFUL`, `${bad.id} FAILED`]);
  });

  it('are acknowledged and announced only when the disk has their end, and are tried again when it fails', async () => {
    const job = submit();
    const told: string[] = [];
    watch.onOver(job.id, ({ state }) => told.push(state));
    const disk = Promise.withResolvers<undefined>();
    store.sync = () => disk.promise;
    ends.exited(job.id, OK, clock.now());
    await setImmediate();
    disk.reject(new UserError('storage-full', 'EIO'));
    await setImmediate();
    expect([runner.acknowledged, told]).to.deep.equal([[], []]);
    store.sync = () => Promise.resolve();
    clock.pass(5000);
    await setImmediate();
    expect([runner.acknowledged, told]).to.deep.equal([[job.id], ['SUCCESSFUL']]);
  });

  it('leave their slots at once, whatever the disk does', async () => {
    const [a, , c] = [submit(), submit(), submit()];
    await setImmediate();
    store.sync = () => new Promise(() => undefined);
    ends.exited(a.id, OK, clock.now());
    expect(stateOf(c)).to.equal('RUNNING');
  });

  it('are told again after the next start when the daemon stops before the disk has their end', async () => {
    const job = submit();
    const disk = Promise.withResolvers<undefined>();
    store.sync = () => disk.promise;
    ends.exited(job.id, OK, clock.now());
    ends.close();
    disk.reject(new UserError('storage-full', 'EIO'));
    await setImmediate();
    expect(runner.acknowledged).to.deep.equal([]);
    expect(clock.armed).to.equal(0);
  });

  it('end once, however often their exit is told', async () => {
    const job = submit();
    ends.exited(job.id, OK, 5);
    ends.exited(job.id, { code: 1, signal: null, reason: null }, 6);
    await setImmediate();
    expect(runner.acknowledged).to.deep.equal([job.id]);
    ends.exited(job.id, { code: 1, signal: null, reason: null }, 7);
    await setImmediate();
    expect(runner.acknowledged).to.deep.equal([job.id, job.id]);
    expect(store.job(job.id)).to.deep.include({ state: 'SUCCESSFUL', finishedAt: 5 });
    expect(store.counts().failed).to.equal(0);
  });

  it('fail with the reason in their log when they can never start', async () => {
    runner.failure = new UserError('invalid', 'no such folder "x"');
    const job = submit();
    await setImmediate();
    expect(store.job(job.id)).to.deep.include({
      state: 'FAILED',
      exit: { code: null, signal: null, reason: 'no such folder "x"' },
    });
    expect(readFileSync(outputs.paths(job.id).stderr, 'utf8')).to.contain(
      'could not be started: no such folder "x"',
    );
  });

  it('get the variables of their project, over them those of their spider, and before both their own', async () => {
    store.setVariables('quotes', { A: 'project', B: 'project', C: 'project' });
    store.setVariables('quotes', { B: 'spider', C: 'spider' }, { spider: 'css' });
    store.setVariables('quotes', { A: 'other' }, { spider: 'xpath' });
    submit({ env: { C: 'request' } });
    await setImmediate();
    expect(runner.starts[0]?.env).to.include({ A: 'project', B: 'spider', C: 'request' });
  });

  for (const kind of ['invalid', 'unavailable'] as const) {
    it(`show no secret where a start fails as "${kind}"`, async () => {
      store.setVariables('quotes', { S: 'hunter2' }, { spider: 'css', secret: true });
      runner.failure = new UserError(kind, 'no such folder "hunter2"');
      const { id } = submit();
      await setImmediate();
      const log = outputs.paths(id).stderr;
      const shown = JSON.stringify([logged, store.job(id), existsSync(log) ? readFileSync(log, 'utf8') : '']);
      expect(shown).to.contain('no such folder').and.contain('********').and.not.contain('hunter2');
    });
  }

  it('leave the queue when their project was removed while they were being started, and hold nobody up', async () => {
    store.addVersion(aVersion({ project: 'other', folder: 'v2' }));
    let open: () => void = () => undefined;
    runner.gate = new Promise<void>((resolve) => (open = resolve));
    runner.failure = new UserError('unavailable', 'no host');
    const gone = [submit(), submit()];
    store.removeProject('quotes', clock.now());
    const told: string[] = [];
    for (const { id } of gone) watch.onOver(id, (job) => told.push(job.state));
    open();
    await setImmediate();
    runner.failure = null;
    const other = submit({ project: 'other' });
    clock.pass(5000);
    expect(gone.map(stateOf)).to.deep.equal(['CANCELED', 'CANCELED']);
    expect(store.job(gone[0]!.id)?.exit?.reason).to.equal('project "quotes" was removed before it started');
    expect(told).to.deep.equal(['CANCELED', 'CANCELED']);
    expect(stateOf(other)).to.equal('RUNNING');
  });

  it('fail also when the reason cannot be written into their log', async () => {
    rmSync(join(folder, 'logs'), { recursive: true });
    runner.failure = new UserError('invalid', 'no such folder "x"');
    const job = submit();
    await setImmediate();
    expect(stateOf(job)).to.equal('FAILED');
  });

  for (const [what, fail] of [
    [
      'spider host',
      (error: Error | null) => {
        runner.failure = error;
      },
    ],
    [
      'Python environment',
      (error: Error | null) => {
        environmentFailure = error;
      },
    ],
  ] as const) {
    it(`wait again while there is no ${what}, without spinning`, async () => {
      fail(new UserError('unavailable', 'none'));
      const job = submit();
      await setImmediate();
      expect(stateOf(job)).to.equal('PENDING');
      submit();
      expect(store.counts().run).to.equal(0);
      expect(clock.armed).to.equal(1);
      fail(null);
      clock.pass(5000);
      await setImmediate();
      expect(stateOf(job)).to.equal('RUNNING');
    });
  }

  describe('whose environment is not there', () => {
    const needs = (requirements: string) => ({ python: null, requirements, constraints: '' });
    let waiting: Job;
    beforeEach(() => {
      store.addVersion(aVersion({ project: 'own', folder: 'o1', environment: needs('six') }));
      making.set('six', Promise.withResolvers());
      waiting = submit({ project: 'own', priority: 9 });
    });

    it('wait in the queue until it is made, while others go on', async () => {
      const [second, other] = [submit({ project: 'own', priority: 9 }), submit()];
      expect([waiting, second, other].map(stateOf)).to.deep.equal(['PENDING', 'PENDING', 'RUNNING']);
      const { resolve } = making.get('six')!;
      making.delete('six');
      resolve();
      await setImmediate();
      expect(runner.starts.map(({ environment }) => environment)).to.deep.equal(['/env', '/env-of-six']);
      expect(stateOf(waiting)).to.equal('RUNNING');
      expect(stateOf(second)).to.equal('PENDING');
    });

    it('leave the queue at once when they are canceled', async () => {
      await jobs.cancel(waiting.id, stop);
      expect(stateOf(waiting)).to.equal('CANCELED');
    });

    it('wait on while it cannot be made for now, and are tried again', async () => {
      making.get('six')!.reject(new UserError('unavailable', 'no index'));
      await setImmediate();
      making.delete('six');
      clock.pass(4999);
      expect(stateOf(waiting)).to.equal('PENDING');
      clock.pass(1);
      expect(stateOf(waiting)).to.equal('RUNNING');
    });

    it('fail with the reason when it can never be made', async () => {
      making.get('six')!.reject(new UserError('invalid', 'no such package'));
      await setImmediate();
      expect(store.job(waiting.id)).to.deep.include({
        state: 'FAILED',
        exit: { code: null, signal: null, reason: 'no such package' },
      });
      expect(readFileSync(outputs.paths(waiting.id).stderr, 'utf8')).to.contain('no such package');
    });
  });

  it('run the version that they ask for, and tell it to the spider where that is wanted', async () => {
    store.addVersion(aVersion({ name: '1.0', folder: 'v-one' }));
    store.addVersion(aVersion({ name: '2.0', folder: 'v-two' }));
    const named = jobs.submit(aRequest({ version: '1.0', tellNames: true, args: { a: 'b' } }), {
      jobid: 'nightly',
    });
    submit({ args: { a: 'b' } });
    await setImmediate();
    expect(runner.starts.map(({ projectFolder }) => projectFolder)).to.deep.equal([
      '/projects/v-one',
      '/projects/v-two',
    ]);
    expect(runner.starts[0]?.args).to.deep.equal({ a: 'b', _job: 'nightly', _version: '1.0' });
    expect(runner.starts[0]?.env).to.include({ SCRAPY_JOB: 'nightly' });
    expect(runner.starts[1]?.args).to.deep.equal({ a: 'b' });
    expect(stateOf(named)).to.equal('RUNNING');
  });

  it('leave the queue when their version was removed while they were being started', async () => {
    for (const name of ['1.0', '2.0']) store.addVersion(aVersion({ name }));
    runner.failure = new UserError('unavailable', 'none');
    const job = jobs.submit(aRequest({ version: '1.0' }));
    store.removeVersion('quotes', '1.0', clock.now());
    await setImmediate();
    runner.failure = null;
    clock.pass(5000);
    expect(store.job(job.id)).to.include({ state: 'CANCELED' });
    expect(store.job(job.id)?.exit?.reason).to.equal(
      'version "1.0" of project "quotes" was removed before it started',
    );
  });

  describe('when stopped by signals', () => {
    const gently = { signal: 'SIGTERM', graceMs: null };

    it('get one each time, are answered at once, and never killed', async () => {
      const job = submit();
      await setImmediate();
      expect(jobs.stop(job.id, gently).state).to.equal('RUNNING');
      jobs.stop(job.id, { signal: 'SIGINT', graceMs: null });
      clock.pass(24 * 60 * 60_000);
      expect(runner.signals.map(({ signal }) => signal)).to.deep.equal(['SIGTERM', 'SIGINT']);
      ends.exited(job.id, OK, clock.now());
      expect(stateOf(job)).to.equal('CANCELED');
    });

    it('leave the queue at once if they wait', () => {
      const [, , waiting] = [submit(), submit(), submit()];
      expect(jobs.stop(waiting.id, gently).state).to.equal('PENDING');
      expect(stateOf(waiting)).to.equal('CANCELED');
      expect(() => jobs.stop(waiting.id, gently)).to.throw(UserError, 'CANCELED already');
    });

    it('keep the deadline that a cancel has set, and get one from a cancel that follows', async () => {
      const [first, second] = [submit(), submit()];
      await setImmediate();
      void jobs.cancel(first.id, stop);
      jobs.stop(first.id, gently);
      jobs.stop(second.id, gently);
      void jobs.cancel(second.id, stop);
      clock.pass(10_000);
      const killed = runner.signals.filter(({ signal }) => signal === 'SIGKILL').map(({ jobId }) => jobId);
      expect(killed).to.have.members([first.id, second.id]);
    });
  });

  describe('when canceled', () => {
    it('leave the queue at once if they wait', async () => {
      const [, , waiting] = [submit(), submit(), submit()];
      expect((await jobs.cancel(waiting.id, stop)).state).to.equal('CANCELED');
      expect(runner.signals).to.deep.equal([]);
    });

    it('tell who did it', async () => {
      const [running, , waiting] = [submit(), submit(), submit()];
      await setImmediate();
      jobs.stop(running.id, { ...stop, by: 'Ann' });
      await jobs.cancel(waiting.id, { ...stop, by: 'Bob' });
      expect(store.job(running.id)?.actors).to.include({ cancelled: 'Ann' });
      expect(store.job(waiting.id)?.actors).to.include({ cancelled: 'Bob', completed: 'Bob' });
    });

    it('get the signal, and SIGKILL for the group when the grace time is over; the answer waits for the end', async () => {
      const job = submit();
      await setImmediate();
      const over = jobs.cancel(job.id, stop);
      const again = jobs.cancel(job.id, stop);
      clock.pass(9_999);
      expect(runner.signals).to.deep.equal([{ jobId: job.id, signal: 'SIGINT', target: 'process' }]);
      clock.pass(1);
      expect(runner.signals[1]).to.deep.equal({ jobId: job.id, signal: 'SIGKILL', target: 'group' });
      ends.exited(job.id, { code: null, signal: 'SIGKILL', reason: null }, clock.now());
      expect(await over).to.deep.include({ state: 'CANCELED', finishedAt: clock.now() });
      expect((await again).state).to.equal('CANCELED');
    });

    it('are CANCELED even when they close with code 0, and no SIGKILL follows', async () => {
      const job = submit();
      await setImmediate();
      const over = jobs.cancel(job.id, stop);
      ends.exited(job.id, OK, clock.now());
      expect((await over).state).to.equal('CANCELED');
      clock.pass(20_000);
      expect(runner.signals).to.have.length(1);
      expect(clock.armed).to.equal(0);
    });

    it('are stopped as soon as they have a process, if they were just being started', async () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      runner.gate = promise;
      const job = submit();
      await setImmediate();
      void jobs.cancel(job.id, stop);
      expect(runner.signals).to.deep.equal([]);
      resolve(undefined);
      await setImmediate();
      expect(runner.signals).to.deep.equal([{ jobId: job.id, signal: 'SIGINT', target: 'process' }]);
    });

    it('are refused when they are over', async () => {
      const job = submit();
      ends.exited(job.id, OK, 1);
      const refusal: unknown = await jobs.cancel(job.id, stop).catch((error: unknown) => error);
      expect(refusal).to.be.instanceOf(UserError).with.property('message').that.contains('is not active');
    });
  });

  describe('that a later one takes the place of', () => {
    const replace = (...old: Job[]) => {
      const now = old.flatMap(({ id }) => store.job(id) ?? []);
      store.together(() => ends.replace(now))();
    };
    const signals = () => runner.signals.map(({ jobId, signal, target }) => `${jobId} ${signal} ${target}`);

    it('are CANCELED when they wait, with the reason, and let others go on', () => {
      submit();
      const wide = submit({ units: 2 });
      const next = submit();
      replace(wide);
      expect(store.job(wide.id)).to.deep.include({
        ...{ state: 'CANCELED', closeReason: 'cancelled' },
        exit: { code: null, signal: null, reason: 'replaced by a later fire of its schedule' },
        actors: { cancelled: 'scheduler', completed: 'scheduler' },
      });
      expect(stateOf(next)).to.equal('RUNNING');
      expect(signals()).to.deep.equal([]);
    });

    it('get SIGINT when they run, and SIGKILL for the group a minute later', async () => {
      const job = submit();
      await setImmediate();
      replace(job);
      replace(job);
      clock.pass(59_999);
      expect(signals()).to.deep.equal([`${job.id} SIGINT process`]);
      clock.pass(1);
      expect(signals().at(-1)).to.equal(`${job.id} SIGKILL group`);
      ends.exited(job.id, { code: null, signal: 'SIGKILL', reason: null }, clock.now());
      expect(store.job(job.id)).to.deep.include({
        state: 'CANCELED',
        actors: { started: 'jobrunner', cancelled: 'scheduler', completed: 'jobrunner' },
      });
    });

    it('keep the deadline of a stop under way, and get one where there is none, without a second signal', async () => {
      const [soon, never] = [submit(), submit()];
      await setImmediate();
      void jobs.cancel(soon.id, stop);
      jobs.stop(never.id, { signal: 'SIGTERM', graceMs: null });
      replace(soon, never);
      clock.pass(10_000);
      expect(signals().slice(2)).to.deep.equal([`${soon.id} SIGKILL group`]);
      clock.pass(50_000);
      expect(signals().slice(3)).to.deep.equal([`${never.id} SIGKILL group`]);
    });

    it('are left alone when the later one could not be stored', async () => {
      const [running, waiting] = [submit({ units: 2 }), submit()];
      await setImmediate();
      const fail = () =>
        store.together(() => {
          ends.replace([running, waiting].flatMap(({ id }) => store.job(id) ?? []));
          throw new Error('disk full');
        });
      expect(fail).to.throw('disk full');
      clock.pass(120_000);
      expect(signals()).to.deep.equal([]);
      expect([running, waiting].map(stateOf)).to.deep.equal(['RUNNING', 'PENDING']);
      expect(store.job(running.id)).to.deep.include({ stop: null, actors: { started: 'jobrunner' } });
    });

    it('are stopped after a restart, when the daemon was killed before it could', async () => {
      const job = submit();
      await setImmediate();
      store.together(() => ends.replace([job].flatMap(({ id }) => store.job(id) ?? [])));
      expect(signals()).to.deep.equal([]);
      wire();
      dispatcher.stop();
      const process = { pid: 1, startTime: '1', bootId: 'boot' };
      runner.recovered = new Map([[job.id, { kind: 'running', process }]]);
      await recoverRunning({ store, runner, ends, clock, log: silentLog });
      clock.pass(60_000);
      expect(signals()).to.deep.equal([`${job.id} SIGINT process`, `${job.id} SIGKILL group`]);
    });
  });

  it('that are to be alone start when no other of their schedule runs, and hold nobody else up', async () => {
    const { id: scheduleId } = store.addSchedule(aSchedule(), 1);
    const alone = () => jobs.submit(aRequest(), { scheduleId, alone: true });
    const [first, second, third] = [alone(), alone(), alone()];
    const other = submit();
    expect([first, second, third, other].map(stateOf)).to.deep.equal([
      ...['RUNNING', 'PENDING', 'PENDING', 'RUNNING'],
    ]);
    ends.exited(first.id, OK, clock.now());
    await setImmediate();
    expect([second, third].map(stateOf)).to.deep.equal(['RUNNING', 'PENDING']);
    ends.exited(second.id, OK, clock.now());
    await setImmediate();
    expect(stateOf(third)).to.equal('RUNNING');
  });

  describe('after a restart', () => {
    const restart = async () => {
      wire();
      dispatcher.stop();
      wire();
      dispatcher.stop();
      return recoverRunning({ store, runner, ends, clock, log: silentLog });
    };

    it('go on, have ended, or wait again, as the runner found them', async () => {
      wire(4);
      const [on, ended, lost, never] = [submit(), submit(), submit(), submit()];
      const identity = { pid: 9, startTime: '9', bootId: 'b' };
      runner.recovered = new Map([
        [on.id, { kind: 'running', process: identity }],
        [ended.id, { kind: 'exited', process: identity, exit: OK, at: 7 }],
        [
          lost.id,
          { kind: 'exited', process: null, exit: { code: null, signal: null, reason: 'lost' }, at: 8 },
        ],
        [never.id, { kind: 'never-started' }],
      ]);
      const running = await restart();
      expect(running.map(({ id }) => id)).to.deep.equal([on.id]);
      expect([on, ended, lost, never].map(stateOf)).to.deep.equal([
        'RUNNING',
        'SUCCESSFUL',
        'FAILED',
        'PENDING',
      ]);
      expect(store.job(ended.id)).to.include({ finishedAt: 7, changedAt: 7 });
      expect(store.job(lost.id)?.exit?.reason).to.equal('lost');
      expect(store.counts()).to.include({ run: 3 });
    });

    it('are still stopped, by the deadline that was set before', async () => {
      const job = submit();
      await setImmediate();
      void jobs.cancel(job.id, stop);
      ends.close();
      clock.pass(9_000);
      runner.recovered = new Map([
        [job.id, { kind: 'running', process: { pid: 1, startTime: '1', bootId: 'boot' } }],
      ]);
      await restart();
      clock.pass(999);
      expect(runner.signals.filter(({ signal }) => signal === 'SIGKILL')).to.deep.equal([]);
      clock.pass(1);
      expect(runner.signals.at(-1)).to.deep.equal({ jobId: job.id, signal: 'SIGKILL', target: 'group' });
    });

    it('are not sent again what was sent before, which would stop them without finishing', async () => {
      const [sent, unsent] = [submit(), submit()];
      await setImmediate();
      jobs.stop(sent.id, { signal: 'SIGINT', graceMs: null });
      // The daemon was killed between the record and the signal.
      store.setStop(unsent.id, { signal: 'SIGTERM', sent: false, killAt: null });
      const process = { pid: 1, startTime: '1', bootId: 'boot' };
      runner.recovered = new Map([sent, unsent].map(({ id }) => [id, { kind: 'running', process }]));
      await restart();
      await restart();
      expect(runner.signals).to.deep.equal([
        { jobId: sent.id, signal: 'SIGINT', target: 'process' },
        { jobId: unsent.id, signal: 'SIGTERM', target: 'process' },
      ]);
    });

    it('end CANCELED when they were canceled before anything was started', async () => {
      runner.gate = new Promise(() => undefined);
      const job = submit();
      void jobs.cancel(job.id, stop);
      await restart();
      expect(stateOf(job)).to.equal('CANCELED');
    });
  });

  describe('that are kept too long', () => {
    it('go with their logs and items, the oldest first, and what runs stays', async () => {
      wire(4);
      const all = [submit(), submit(), submit(), submit()];
      for (const { id } of all) {
        const { records, ...files } = outputs.paths(id);
        mkdirSync(records);
        for (const path of [...Object.values<string>(files), join(records, 'x')]) writeFileSync(path, 'x');
      }
      for (const [index, { id }] of all.slice(0, 3).entries()) ends.exited(id, OK, index + 1);
      expect(await removeOldJobs(store, outputs, { count: 1 }, clock.now())).to.equal(2);
      expect(all.map(({ id }) => existsSync(outputs.paths(id).items))).to.deep.equal([
        false,
        false,
        true,
        true,
      ]);
      expect(all.map(({ id }) => existsSync(outputs.paths(id).records))).to.deep.equal([
        false,
        false,
        true,
        true,
      ]);
      expect(all.map(({ id }) => store.job(id) !== null)).to.deep.equal([false, false, true, true]);
      expect(await removeOldJobs(store, outputs, { count: 9, bytes: 3 }, clock.now())).to.equal(1);
    });

    it('leave no files behind that nobody knows', async () => {
      const job = submit();
      writeFileSync(outputs.paths(job.id).stdout, 'x');
      writeFileSync(outputs.paths('gone').items, 'x');
      await removeStrayOutputs(store, outputs);
      expect([...outputs.jobIds()]).to.deep.equal([job.id]);
    });
  });
});

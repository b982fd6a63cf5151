import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/jobs/runner.ts';
import { hostFolderName, PYTHON_FOLDER } from '../../src/spiderhost/host-folder.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { CLEAN_ENV, kill, openHarness, WAYS, whenChanged, whenWritten } from './harness.ts';
import type { Harness } from './harness.ts';
import { textOf } from '../support/text-of.ts';

const CLEAN_EXIT = { code: 0, signal: null, reason: null };
const LOST = { code: null, signal: null, reason: 'lost' };

describe('a run without its daemon, or without its host', () => {
  let harness: Harness;

  beforeEach(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  afterEach(() => harness.close());

  /** A run that waits for the function to be called. */
  async function waitingRun(changes: Partial<Run> = {}): Promise<{ run: Run; release: () => void }> {
    const path = join(harness.folder, `release-${Math.random()}`);
    const run = harness.run('waits', { args: { release: path }, ...changes });
    await harness.hosts.start(run);
    await whenWritten(run.stdout, 'waiting\n');
    return {
      run,
      release: () => {
        writeFileSync(path, '');
      },
    };
  }

  function records(): string[] {
    return readdirSync(harness.hostsFolder).flatMap((name) =>
      readdirSync(join(harness.hostsFolder, name, 'jobs')),
    );
  }

  for (const { way, fork } of WAYS) {
    describe(`as ${way}`, () => {
      it('goes on while the daemon is away, and is found running by the next', async () => {
        const { run, release } = await waitingRun({ fork });
        await harness.reopen();
        const recovered = await harness.hosts.recover([run.jobId]);
        expect(recovered.get(run.jobId)?.kind).to.equal('running');
        release();
        expect(await harness.end(run)).to.include({ exit: harness.told[0]!.exit });
        expect(harness.told).to.deep.equal([{ job: run.jobId, exit: CLEAN_EXIT }]);
      });

      it('goes on when the host is killed, and its exit is told by its own record', async () => {
        const { run, release } = await waitingRun({ fork });
        kill(harness.hostPid);
        release();
        const { exit, out } = await harness.end(run);
        expect(exit).to.deep.equal(CLEAN_EXIT);
        expect(out).to.contain('released');
        expect(records()).to.deep.equal([]);
      });

      it('is found running when daemon and host were both killed, and can be stopped', async () => {
        const { run } = await waitingRun({ fork });
        kill(harness.hostPid);
        await harness.reopen();
        const recovered = await harness.hosts.recover([run.jobId]);
        expect(recovered.get(run.jobId)?.kind).to.equal('running');
        expect(harness.hosts.signal(run.jobId, 'SIGKILL', 'group')).to.equal(true);
        expect((await harness.end(run)).exit).to.deep.equal(LOST);
        await whenChanged(join(harness.folder, 'work'), () => !existsSync(run.workFolder));
      });
    });
  }

  it('keeps its exit until it is acknowledged, however often the daemon is started', async () => {
    const run = harness.run('scrapes');
    await harness.hosts.start(run);
    await harness.exitOf(run.jobId);
    for (let start = 0; start < 2; start += 1) {
      await harness.reopen();
      const recovered = await harness.hosts.recover([run.jobId]);
      expect(recovered.get(run.jobId)).to.deep.include({ kind: 'exited', exit: CLEAN_EXIT });
    }
    harness.hosts.acknowledge(run.jobId);
    const folder = join(harness.hostsFolder, readdirSync(harness.hostsFolder)[0]!, 'jobs');
    await whenChanged(folder, () => records().length === 0);
    await harness.reopen();
    expect((await harness.hosts.recover([run.jobId])).get(run.jobId)).to.deep.equal({
      kind: 'never-started',
    });
  });

  it('keeps its exit while no host runs', async () => {
    const run = harness.run('leaves');
    await harness.hosts.start(run);
    await harness.exitOf(run.jobId);
    await harness.hosts.close();
    kill(harness.hostPid);
    await harness.reopen();
    const recovered = await harness.hosts.recover([run.jobId]);
    expect(recovered.get(run.jobId)).to.deep.include({ kind: 'exited', exit: { ...CLEAN_EXIT, code: 7 } });
    harness.hosts.acknowledge(run.jobId);
    expect(records()).to.deep.equal([]);
  });

  it('forgets an exit that the daemon had recorded already', async () => {
    const run = harness.run('scrapes');
    await harness.hosts.start(run);
    await harness.exitOf(run.jobId);
    await harness.hosts.close();
    kill(harness.hostPid);
    await harness.reopen();
    await harness.hosts.recover([]);
    expect(records()).to.deep.equal([]);
    expect(harness.told).to.have.length(1);
  });

  it('is lost only if its process is gone without an exit', async () => {
    const { run } = await waitingRun();
    const { pid } = await harness.hosts.start(run);
    kill(harness.hostPid);
    kill(pid);
    await harness.reopen();
    const recovered = await harness.hosts.recover([run.jobId, 'never-seen']);
    // The kernel may take a moment to end it.
    const exit =
      recovered.get(run.jobId)?.kind === 'exited'
        ? (recovered.get(run.jobId) as { exit: unknown }).exit
        : await harness.exitOf(run.jobId);
    expect(exit).to.deep.equal(LOST);
    expect(recovered.get('never-seen')).to.deep.equal({ kind: 'never-started' });
  });

  it('is started once, however often the start is asked for', async () => {
    const { run, release } = await waitingRun();
    const first = await harness.hosts.start(run);
    await harness.reopen();
    // Without recovering: the host itself knows.
    expect(await harness.hosts.start(run)).to.deep.equal(first);
    release();
    expect((await harness.end(run)).out.match(/waiting/g)).to.have.length(1);
  });

  it('is followed by a new host after the old was killed', async () => {
    const { run, release } = await waitingRun();
    kill(harness.hostPid);
    const other = await harness.finish(harness.run('scrapes'));
    expect(other.exit).to.deep.equal(CLEAN_EXIT);
    expect(new Set(harness.hostPids).size).to.equal(2);
    release();
    expect((await harness.end(run)).exit).to.deep.equal(CLEAN_EXIT);
  });

  it('is finished by the host of an older version, which then ends and is cleared away', async () => {
    const { run, release } = await waitingRun();
    await harness.hosts.close();
    const [name] = readdirSync(harness.hostsFolder);
    renameSync(join(harness.hostsFolder, name!), join(harness.hostsFolder, 'environment-olderversion'));
    await harness.reopen();
    const recovered = await harness.hosts.recover([run.jobId]);
    expect(recovered.get(run.jobId)?.kind).to.equal('running');
    release();
    await harness.end(run);
    await whenChanged(harness.hostsFolder, () => readdirSync(harness.hostsFolder).length === 0);
  });

  it('is finished by the host that has the old variables, while the next gets the new ones', async () => {
    const { run, release } = await waitingRun();
    await harness.reopen({ env: { ...CLEAN_ENV, PASSED_ON: 'new' } });
    const recovered = await harness.hosts.recover([run.jobId]);
    expect(recovered.get(run.jobId)?.kind).to.equal('running');
    const { environ } = await harness.look(harness.run('looks'));
    expect(environ).to.include({ PASSED_ON: 'new' });
    release();
    expect((await harness.end(run)).exit).to.deep.equal(CLEAN_EXIT);
    await whenChanged(harness.hostsFolder, () => readdirSync(harness.hostsFolder).length === 1);
  });

  it('is not run again although all records of it were deleted, and is followed to its end', async () => {
    const { run, release } = await waitingRun();
    const process = await harness.hosts.start(run);
    rmSync(harness.hostsFolder, { recursive: true });
    // The host goes on taking runs.
    const next = harness.run('scrapes');
    expect((await harness.finish(next)).exit).to.deep.equal(CLEAN_EXIT);
    kill(harness.hostPid);
    rmSync(harness.hostsFolder, { recursive: true });
    await harness.reopen();
    const recovered = await harness.hosts.recover([run.jobId], new Map([[run.jobId, process]]));
    expect(recovered.get(run.jobId)).to.deep.equal({ kind: 'running', process });
    release();
    expect((await harness.end(run)).exit).to.deep.equal(LOST);
    await harness.reopen();
    const later = await harness.hosts.recover([run.jobId], new Map([[run.jobId, process]]));
    expect(later.get(run.jobId)).to.deep.include({ kind: 'exited', exit: LOST });
  });

  it('does not get into its output what a host could not say to a daemon that was killed', async () => {
    const folder = join(harness.hostsFolder, hostFolderName(harness.environment, CLEAN_ENV));
    const python = join(harness.environment, 'bin', 'python');
    const script = join(PYTHON_FOLDER, 'host_main.py');
    const host = spawn(python, [script, '--folder', folder], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: CLEAN_ENV,
    });
    host.stdout.destroy();
    await whenChanged(folder, () => existsSync(join(folder, 'host.sock')));
    const { err, out } = await harness.finish(harness.run('scrapes'));
    expect(err).to.contain('Spider closed');
    expect(out).not.to.contain('serving');
    kill(host.pid!);
  });

  it('leaves no half-written record behind', async () => {
    const { run, release } = await waitingRun();
    kill(harness.hostPid);
    release();
    await harness.end(run);
    const jobs = join(harness.hostsFolder, readdirSync(harness.hostsFolder)[0]!, 'jobs');
    writeFileSync(join(jobs, 'killed.start.4194305.tmp'), '{');
    writeFileSync(join(jobs, `alive.exit.${process.pid}.tmp`), '{');
    await harness.finish(harness.run('scrapes'));
    await whenChanged(jobs, () => records().length === 1);
    expect(records()).to.deep.equal([`alive.exit.${process.pid}.tmp`]);
  });

  it('does not hold on to a host that has nothing to do', async () => {
    await harness.close();
    harness = await openHarness({ idleMs: 1 });
    await harness.finish(harness.run('scrapes'));
    const folder = join(harness.hostsFolder, readdirSync(harness.hostsFolder)[0]!);
    await whenChanged(folder, () => !existsSync(join(folder, 'host.sock')));
    expect((await harness.finish(harness.run('scrapes'))).exit).to.deep.equal(CLEAN_EXIT);
  });

  it('works below a folder whose path is longer than a socket may have', async () => {
    await harness.close();
    harness = await openHarness({ hosts: 'a-rather-long-name/'.repeat(10) });
    expect((await harness.finish(harness.run('scrapes'))).exit).to.deep.equal(CLEAN_EXIT);
  });

  it('is refused in words where there is no Python, and several starts at once share one host', async () => {
    const missing = harness.run('scrapes', { environment: join(harness.folder, 'no-environment') });
    const refusal = await harness.hosts.start(missing).catch((error: unknown) => error);
    expect(refusal).to.include({ kind: 'unavailable' });
    expect((refusal as Error).message).to.contain('there is no Python at');
    const runs = [1, 2, 3].map(() => harness.run('scrapes'));
    await Promise.all(runs.map((run) => harness.finish(run)));
    expect(harness.hostPids).to.have.length(1);
  });

  it('is refused in words where Scrapy is not installed', async () => {
    const environment = join(harness.folder, 'bare');
    mkdirSync(join(environment, 'bin'), { recursive: true });
    const python = `#!/bin/sh\nexec "${join(harness.environment, 'bin/python')}" -S "$@"\n`;
    writeFileSync(join(environment, 'bin/python'), python, { mode: 0o755 });
    const refusal = await harness.hosts
      .start(harness.run('scrapes', { environment }))
      .catch((error: unknown) => error);
    expect((refusal as Error).message)
      .to.contain('Scrapy cannot be imported')
      .and.contain('scrapy');
  });

  it('is refused in words where its start cannot be recorded, and nothing runs', async () => {
    await harness.finish(harness.run('scrapes'));
    const run = harness.run('looks');
    const folder = join(harness.hostsFolder, readdirSync(harness.hostsFolder)[0]!);
    mkdirSync(join(folder, 'jobs', `${run.jobId}.start`, 'in the way'), { recursive: true });
    const refusal = await harness.hosts.start(run).catch((error: unknown) => error);
    expect(refusal).to.include({ kind: 'unavailable' });
    expect(existsSync(run.stdout)).to.equal(false);
    expect(textOf(run.stdout)).to.equal('');
  });
});

import { expect } from 'chai';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../src/spiderhost/process-identity.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { openHarness, WAYS, whenChanged, whenWritten } from './harness.ts';
import type { Harness } from './harness.ts';
import { commandLineOf } from '../support/processes.ts';
import { textOf } from '../support/text-of.ts';

describe("a run's end", () => {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  after(() => harness.close());

  for (const { way, fork } of WAYS) {
    describe(`of ${way}`, () => {
      it('waits for its threads, runs atexit, and loses nothing printed', async () => {
        const { exit, out } = await harness.finish(harness.run('lingers', { fork }));
        expect(exit).to.deep.equal({ code: 0, signal: null, reason: null });
        expect(out).to.match(/printed last\s*the thread has ended\natexit has run\n$/);
      });

      it('removes nothing that a link in the place of its folder points to', async () => {
        const target = join(harness.folder, `kept-${way}`);
        mkdirSync(target);
        writeFileSync(join(target, 'kept'), '');
        const { exit } = await harness.finish(harness.run('links-folder', { fork, args: { target } }));
        expect(exit.code).to.equal(0);
        expect(existsSync(join(target, 'kept'))).to.equal(true);
      });

      it('has code 1 and the traceback in the log if the spider cannot be made', async () => {
        const { exit, err } = await harness.finish(harness.run('raises-early', { fork }));
        expect(exit.code).to.equal(1);
        expect(err).to.contain('Traceback').and.contain('ValueError: the constructor fails');
      });

      it('has code 0 if only a callback fails, as with `scrapy crawl`', async () => {
        const { exit, err } = await harness.finish(harness.run('raises-late', { fork }));
        expect(exit.code).to.equal(0);
        expect(err).to.contain('ValueError: the callback fails');
      });

      it('has code 1 and the reason in the log if there is no such spider', async () => {
        const { exit, err } = await harness.finish(harness.run('no-such-spider', { fork }));
        expect(exit.code).to.equal(1);
        expect(err).to.contain('no-such-spider');
      });

      it('has code 1 and the reason in the log if the settings do not import', async () => {
        const { exit, err } = await harness.finish(
          harness.run('looks', { fork, settingsModule: 'no.such.settings' }),
        );
        expect(exit.code).to.equal(1);
        expect(err).to.contain('ModuleNotFoundError');
      });

      it('has the code that the process itself gave', async () => {
        const { exit } = await harness.finish(harness.run('leaves', { fork }));
        expect(exit).to.deep.equal({ code: 7, signal: null, reason: null });
      });

      it('has the signal that ended it', async () => {
        const { exit } = await harness.finish(harness.run('kills-itself', { fork }));
        expect(exit).to.deep.equal({ code: null, signal: 'SIGKILL', reason: null });
      });

      it('says why if its folder cannot be made', async () => {
        const run = harness.run('looks', { fork });
        mkdirSync(run.workFolder, { recursive: true });
        const { exit, err } = await harness.finish(run);
        expect(exit.code).to.equal(1);
        expect(exit.reason).to.match(/^The run could not be set up: .*File exists/);
        expect(err).to.contain('File exists');
      });

      it('says why if its variables cannot be those of a process', async () => {
        const run = harness.run('looks', { fork, env: { HALF: '\ud800' } });
        const { exit, err } = await harness.finish(run);
        expect(exit.code).to.equal(1);
        expect(exit.reason).to.match(/^The run could not be set up: .*surrogates not allowed/);
        expect(err).to.contain('surrogates not allowed');
      });

      it('is orderly after one SIGINT', async () => {
        const run = harness.run('goes-on', { fork, args: { release: join(harness.folder, 'never') } });
        await harness.hosts.start(run);
        await whenWritten(run.items!, '"n": 1');
        expect(harness.hosts.signal(run.jobId, 'SIGINT', 'process')).to.equal(true);
        const { exit, err } = await harness.end(run);
        expect(exit.code).to.equal(0);
        expect(err).to.contain('shutting down gracefully');
        expect(JSON.parse(textOf(run.stats))).to.include({ close_reason: 'shutdown' });
        expect(harness.hosts.signal(run.jobId, 'SIGINT', 'process')).to.equal(false);
      });

      it('reaches the processes that the spider started, if the group is killed', async () => {
        const run = harness.run('waits', {
          fork,
          args: { helper: 'yes', release: join(harness.folder, 'never') },
        });
        await harness.hosts.start(run);
        await whenChanged(harness.folder, () => /helper \d+\n/.test(textOf(run.stdout)));
        const helper = Number(/helper (\d+)/.exec(textOf(run.stdout))![1]);
        expect(harness.hosts.signal(run.jobId, 'SIGKILL', 'group')).to.equal(true);
        expect((await harness.end(run)).exit.signal).to.equal('SIGKILL');
        expect(commandLineOf(helper)).to.equal('');
      });
    });
  }

  it('is known to have come by the process, not by a later one with its pid', () => {
    const self = { pid: process.pid, startTime: '1', bootId: 'another boot' };
    expect(isRunning(self)).to.equal(false);
  });
});

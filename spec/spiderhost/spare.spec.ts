import { expect } from 'chai';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { gone } from '../support/processes.ts';
import { kill, openHarness, WAYS, type Harness } from './harness.ts';

describe('the process that is forked ahead of its run', function () {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
    await harness.finish(harness.run('looks'));
  });

  after(() => harness.close());

  async function spare(): Promise<number> {
    const { hostPid } = harness;
    for (;;) {
      const [pid] = readFileSync(`/proc/${hostPid}/task/${hostPid}/children`, 'utf8').split(' ');
      // It has closed its copies of what the host has open: 0 to 2, and where it reads its run from.
      if (pid && readdirSync(`/proc/${pid}/fd`).length === 4) return Number(pid);
      await sleep(10);
    }
  }

  for (const { way, fork } of WAYS) {
    it(`becomes the next run, as ${way}`, async () => {
      const waiting = await spare();
      const run = harness.run('looks', { fork });
      expect((await harness.hosts.start(run)).pid).to.equal(waiting);
      expect((await harness.end(run)).exit.code).to.equal(0);
    });
  }

  it('has none of the sockets of its host, and a session of its own', async () => {
    const waiting = await spare();
    const open = readdirSync(`/proc/${waiting}/fd`).map((name) =>
      readlinkSync(`/proc/${waiting}/fd/${name}`),
    );
    expect(open.filter((target) => target.startsWith('socket:'))).to.deep.equal([]);
    const stat = readFileSync(`/proc/${waiting}/stat`, 'utf8').split(') ')[1] ?? '';
    expect(Number(stat.split(' ')[3])).to.equal(waiting);
  });

  it('is missed by nobody when it is killed', async () => {
    const waiting = await spare();
    kill(waiting);
    await gone(waiting);
    const run = harness.run('looks');
    const { exit } = await harness.finish(run);
    expect(exit).to.deep.equal({ code: 0, signal: null, reason: null });
  });

  it('is gone while there is no daemon that could start a run', async () => {
    const waiting = await spare();
    await harness.hosts.close();
    // The host ends some seconds later.
    expect(await Promise.race([gone(waiting).then(() => 'gone'), sleep(2000)])).to.equal('gone');
    await harness.reopen();
    await harness.finish(harness.run('looks'));
  });

  it('ends with its host', async () => {
    const waiting = await spare();
    kill(harness.hostPid);
    await gone(waiting);
  });
});

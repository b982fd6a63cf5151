import { expect } from 'chai';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/jobs/runner.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { gone, isAlive } from '../support/processes.ts';
import { openHarness, whenWritten } from './harness.ts';
import type { Harness, HarnessOptions } from './harness.ts';

describe('the hosts of several environments', () => {
  let harness: Harness;

  afterEach(() => harness.close());

  async function open(options?: HarnessOptions): Promise<void> {
    harness = await openHarness(options);
    // The same one by other paths, which is all that tells environments apart.
    for (const name of ['a', 'b', 'c']) symlinkSync(harness.environment, join(harness.folder, name));
  }

  const runIn = (name: string, spider: string, changes: Partial<Run> = {}) =>
    harness.run(spider, { environment: join(harness.folder, name), ...changes });

  /** Runs something in the environment; gives the host that did it. */
  const hostOf = async (name: string) => (await harness.look(runIn(name, 'looks'))).parent as number;

  /** Starts a run that waits for the function to be called, which waits for its end. */
  async function waitingIn(name: string): Promise<{ host: number; release: () => Promise<void> }> {
    const release = join(harness.folder, `release-${name}`);
    const run = runIn(name, 'waits', { args: { release } });
    await harness.hosts.start(run);
    await whenWritten(run.stdout, 'waiting\n');
    return {
      host: harness.hostPid,
      release: async () => {
        writeFileSync(release, '');
        expect((await harness.end(run)).exit).to.include({ code: 0 });
      },
    };
  }

  const residentBytes = (pid: number) =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

  it('end, the least recently used first, when another is to start and would take them over the limit', async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    await open();
    const a = await hostOf('a');
    await harness.reopen({ memoryLimit: 2.5 * residentBytes(a) });
    await harness.hosts.recover([]);
    const b = await hostOf('b');
    expect(await hostOf('a')).to.equal(a);
    expect(isAlive(b)).to.equal(true);
    const c = await hostOf('c');
    expect([a, b, c].map(isAlive)).to.deep.equal([true, false, true]);
    expect(await hostOf('b')).not.to.equal(b);
    expect([a, c].map(isAlive)).to.deep.equal([false, true]);
  });

  it('do not end while they have runs, nor hold up another, and end over the limit as soon as they are idle', async () => {
    await open({ memoryLimit: 1 });
    const [a, b] = [await waitingIn('a'), await waitingIn('b')];
    expect([a.host, b.host].map(isAlive)).to.deep.equal([true, true]);
    await b.release();
    await gone(b.host);
    expect(isAlive(a.host)).to.equal(true);
    await a.release();
    await gone(a.host);
  });

  it('take runs that are asked for while they end, one after the other and at once', async () => {
    await open({ memoryLimit: 1 });
    const first = await hostOf('a');
    // The end was decided on, or is about to be.
    const next = await Promise.all([hostOf('a'), hostOf('a'), hostOf('b')]);
    expect(next[0]).to.equal(next[1]);
    for (const pid of new Set([first, ...next])) await gone(pid);
  });

  it('end also if they are stuck', async () => {
    await open();
    const a = await hostOf('a');
    await harness.reopen({ memoryLimit: 1.5 * residentBytes(a) });
    await harness.hosts.recover([]);
    process.kill(a, 'SIGSTOP');
    const b = await hostOf('b');
    expect([a, b].map(isAlive)).to.deep.equal([false, true]);
  });
});

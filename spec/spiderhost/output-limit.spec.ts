import { expect } from 'chai';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import { kill, openHarness, WAYS, whenWritten } from './harness.ts';
import type { Harness } from './harness.ts';
import { textOf } from '../support/text-of.ts';

const LIMIT = 20_000;

describe("a run's output", () => {
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    harness = await openHarness();
  });

  after(() => harness.close());

  for (const { way, fork } of WAYS) {
    it(`is cut at its limit with a line that says so, and the run goes on, in ${way}`, async () => {
      const release = join(harness.folder, `release-${String(fork)}`);
      const run = harness.run('floods', { fork, args: { release }, outputLimit: LIMIT });
      await harness.hosts.start(run);
      await whenWritten(run.stdout, '[orbweaver: ');
      writeFileSync(release, '');
      const { exit, out } = await harness.end(run);
      expect(exit.code).to.equal(0);
      const notice = `\n[orbweaver: this output reached its limit of ${LIMIT} bytes; the rest is discarded]\n`;
      expect(out.slice(LIMIT)).to.equal(notice);
      expect(out).to.contain(`\n${'x'.repeat(999)}\n`);
      expect(statSync(run.stdout).blocks * 512).to.be.lessThan(2 * LIMIT);
      expect(textOf(run.stderr)).to.contain('Spider closed');
    });
  }

  it('is cut by the daemon while the host is gone', async () => {
    const release = join(harness.folder, 'release-orphan');
    const run = harness.run('floods', { args: { release }, outputLimit: LIMIT });
    await harness.hosts.start(run);
    kill(harness.hostPid);
    await whenWritten(run.stdout, '[orbweaver: ');
    writeFileSync(release, '');
    const { exit, out } = await harness.end(run);
    expect(exit.code).to.equal(0);
    expect(out)
      .to.match(/\n\[orbweaver: [^\n]*\]\n$/)
      .and.to.have.length.lessThan(2 * LIMIT);
  });
});

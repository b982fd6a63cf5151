import { expect } from 'chai';
import { runChaos } from '../chaos/chaos.ts';
import { summaryOf } from '../chaos/summary.ts';
import { TestDaemon } from '../support/daemon.ts';

/** The short form of `npm run chaos`. */
describe('a daemon that is killed again and again', () => {
  it('loses no fire, makes none twice, and sees every spider end', async function () {
    this.timeout(180_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    await using daemon = await TestDaemon.start();
    const account = await runChaos(daemon, {
      ...{ kills: 6, seed, mostMs: 500, seesHostsEnd: false },
      note: () => undefined,
    });
    expect(account.faults, `seed ${seed}\n${summaryOf(account)}`).to.deep.equal([]);
    expect(account.story.kills.filter(({ what }) => what === 'host')).not.to.be.empty;
    expect(account.jobs.marked).to.be.greaterThan(6);
  });
});

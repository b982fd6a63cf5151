import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestDaemon } from '../support/daemon.ts';

describe('a schedule', () => {
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start();
    await daemon.pushProject('trouble');
  });
  after(() => daemon[Symbol.asyncDispose]());

  const time = (job: Record<string, unknown> | undefined) =>
    Date.parse(String(job?.timestamp).replace(' ', 'T'));

  it('makes a job on time, each time, until it is canceled', async () => {
    const requestedAt = Date.now();
    const id = await daemon.schedule({
      spider: 'silent',
      when: 'every 1 second',
      description: 'often',
      payload: '[1]',
    });
    const firstDueAt = time(await daemon.job(id)) + 1000;
    expect(firstDueAt - 1000).to.be.within(requestedAt - 1, Date.now());
    let made: Record<string, unknown>[] = [];
    while (made.length < 3) {
      await sleep(50);
      made = await daemon.jobs('status=SUCCESSFUL&spider=silent');
    }
    await daemon.post('/cancel-job.json', { id });
    for (const [index, job] of made.slice(-3).reverse().entries()) {
      expect(job).to.include({ actor: 'SCHEDULER', schedule: 'now', description: 'often', payload: '[1]' });
      // Fire, fork, crawl and end: the fire itself is checked to a few milliseconds where there is no load.
      expect(time(job) - (firstDueAt + index * 1000)).to.be.within(0, 900);
    }
    expect(await daemon.jobs('status=SCHEDULED')).to.deep.equal([]);
    const [canceled] = await daemon.jobs('status=CANCELED');
    expect(canceled).to.include({
      identifier: id,
      schedule: 'every 1 second',
      actor: 'USER',
      duration: null,
    });
    expect((await daemon.jobs('status=COMPLETED'))[0]).to.deep.equal(canceled);
    const again = await daemon.post('/cancel-job.json', { id });
    expect(again.body).to.deep.equal({
      status: 'error',
      msg: `Job "${id}" is not active: it is CANCELED already.`,
    });
  });

  it('keeps its project and its spider from being removed, in words', async () => {
    const id = await daemon.schedule({ spider: 'fine', when: 'every monday at 12:30' });
    const removal = await daemon.post('/remove-project.json', { name: 'trouble' });
    expect(removal.status).to.equal(400);
    expect(removal.body).to.have.property('msg').that.contains('There is 1 schedule for project "trouble"');
    await daemon.post('/cancel-job.json', { id });
  });
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TestDaemon } from '../support/daemon.ts';
import { WAYS } from '../support/ways.ts';

describe('a schedule', () => {
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start();
    await daemon.pushProject('trouble');
    // The first run waits for the host to import Scrapy.
    await daemon.over(await daemon.schedule({ spider: 'fine' }));
  });
  after(() => daemon[Symbol.asyncDispose]());

  const time = (job: Record<string, unknown> | undefined) =>
    Date.parse(String(job?.timestamp).replace(' ', 'T'));

  /** When each of a schedule's jobs was due and when it was made, in milliseconds since the epoch. */
  const fires = (id: string) => {
    const db = new DatabaseSync(join(daemon.data, 'orbweaver.db'), { readOnly: true });
    const rows = db
      .prepare('SELECT fire_at, created_at FROM jobs WHERE schedule_id = ? ORDER BY seq')
      .all(id);
    db.close();
    return rows as { fire_at: number; created_at: number }[];
  };

  for (const { way, fields } of WAYS) {
    it(`makes a job on time, each time, until it is canceled, by ${way}`, async () => {
      const requestedAt = Date.now();
      const id = await daemon.schedule({
        ...fields,
        spider: 'silent',
        when: 'every 1 second',
        description: 'often',
        payload: '[1]',
      });
      const firstDueAt = time(await daemon.job(id)) + 1000;
      expect(firstDueAt - 1000).to.be.within(requestedAt - 1, Date.now());
      const before = (await daemon.jobs('status=SUCCESSFUL&spider=silent')).length;
      let made: Record<string, unknown>[] = [];
      while (made.length < 3) {
        await sleep(50);
        const successful = await daemon.jobs('status=SUCCESSFUL&spider=silent');
        made = successful.slice(0, successful.length - before);
      }
      await daemon.post('/cancel-job.json', { id });
      for (const job of made) {
        expect(job).to.include({ actor: 'SCHEDULER', schedule: 'now', description: 'often', payload: '[1]' });
      }
      for (const [index, { fire_at: dueAt, created_at: madeAt }] of fires(id).entries()) {
        expect(dueAt).to.equal(firstDueAt + index * 1000);
        expect(madeAt - dueAt).to.be.within(0, 900);
      }
      expect(await daemon.jobs('status=SCHEDULED')).to.deep.equal([]);
      const [canceled] = await daemon.jobs('status=CANCELED');
      expect(canceled).to.include({
        identifier: id,
        schedule: 'every 1 second',
        actor: 'USER',
        duration: null,
      });
      expect(await daemon.jobs('status=COMPLETED')).to.deep.include(canceled);
      const again = await daemon.post('/cancel-job.json', { id });
      expect(again.body).to.deep.equal({
        status: 'error',
        msg: `Job "${id}" is not active: it is CANCELED already.`,
      });
    });
  }

  it('keeps its project and its spider from being removed, in words', async () => {
    const id = await daemon.schedule({ spider: 'fine', when: 'every monday at 12:30' });
    const removal = await daemon.post('/remove-project.json', { name: 'trouble' });
    expect(removal.status).to.equal(400);
    expect(removal.body).to.have.property('msg').that.contains('There is 1 schedule for project "trouble"');
    await daemon.post('/cancel-job.json', { id });
  });
});

import { writeFileSync } from 'node:fs';
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
    daemon = await TestDaemon.start({ args: ['--job-slots', '6'] });
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
        msg: `Schedule "${id}" is not active: it is CANCELED already.`,
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

  describe('of a spider that runs longer than its interval', () => {
    interface Fire {
      planned_at: number;
      reason: string | null;
      job: string | null;
      state: string;
      started_at: number | null;
      finished_at: number | null;
    }
    /** What became of a schedule's fires, the first first. */
    const firesOf = (id: string) => {
      using db = new DatabaseSync(join(daemon.data, 'orbweaver.db'), { readOnly: true });
      const sql = `SELECT f.planned_at, f.reason, f.job_id AS job, j.state, j.started_at, j.finished_at
        FROM fires f LEFT JOIN jobs j ON j.id = f.job_id
        WHERE schedule_seq = (SELECT seq FROM schedules WHERE id = ?) ORDER BY f.planned_at`;
      return db.prepare(sql).all(id) as unknown as Fire[];
    };
    const until = async (id: string, isThere: (fires: Fire[]) => boolean): Promise<Fire[]> => {
      for (;;) {
        const fires = firesOf(id);
        if (isThere(fires)) return fires;
        await sleep(50);
      }
    };
    const over = (fire: Fire | undefined) => daemon.over(fire?.job ?? '');
    const schedule = (overlap: string) =>
      daemon.schedule({
        ...{ spider: 'lines', count: '0', gate: join(daemon.data, overlap) },
        ...{ when: 'every second', overlap },
      });
    /** Lets its runs end by themselves. */
    const open = (overlap: string) => {
      writeFileSync(join(daemon.data, overlap), '');
    };
    const cancel = (id: string) => daemon.post('/cancel-job.json', { id });
    const jobsOf = (fires: Fire[]) => fires.filter(({ job }) => job !== null);
    const expectOneAtATime = (fires: Fire[]) => {
      const runs = jobsOf(fires).filter(({ started_at: startedAt }) => startedAt !== null);
      for (const [index, { started_at: startedAt }] of runs.slice(1).entries())
        expect(startedAt).to.be.at.least(runs[index]?.finished_at ?? Infinity);
    };

    it('skips its fires, and says why, with "skip"', async () => {
      const id = await schedule('skip');
      const [first] = await until(id, (fires) => fires.length >= 3);
      open('skip');
      expect(await over(first)).to.include({ status: 'SUCCESSFUL' });
      const fires = await until(id, (now) => jobsOf(now).length >= 2);
      await cancel(id);
      await over(jobsOf(fires)[1]);
      for (const { reason } of fires.slice(1, 3)) expect(reason).to.equal(`job "${first?.job}" runs still`);
      expectOneAtATime(firesOf(id));
    });

    it('has one wait, and skips the others, with "queue-one"', async () => {
      const id = await schedule('queue-one');
      const [first, second, third] = await until(id, (fires) => fires.length >= 3);
      await cancel(id);
      expect([first, second].map((fire) => fire?.state)).to.deep.equal(['RUNNING', 'PENDING']);
      expect(third?.reason).to.equal(`job "${second?.job}" waits still`);
      open('queue-one');
      expect(await over(second)).to.include({ status: 'SUCCESSFUL' });
      expectOneAtATime(firesOf(id));
    });

    it('stops the old run for the new one with "replace"', async () => {
      const id = await schedule('replace');
      await until(id, (fires) => fires.filter(({ state }) => state === 'CANCELED').length >= 2);
      await cancel(id);
      open('replace');
      const last = jobsOf(firesOf(id)).at(-1);
      expect(await over(last)).to.include({ status: 'SUCCESSFUL' });
      const fires = firesOf(id);
      expect(fires.map(({ reason }) => reason)).to.deep.equal(fires.map(() => null));
      expect(fires.slice(0, -1).map(({ state }) => state)).to.deep.equal(
        fires.slice(1).map(() => 'CANCELED'),
      );
      expectOneAtATime(fires);
    });
  });
});

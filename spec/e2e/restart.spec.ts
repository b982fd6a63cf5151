import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { hostsOf } from '../chaos/processes.ts';
import { TestDaemon } from '../support/daemon.ts';
import { gone, pidsOf, workFolderOf } from '../support/processes.ts';
import { WAYS } from '../support/ways.ts';

/** The processes that work in a job's folder: its spider. A fork has its host's command line. */
function spidersOf(daemon: TestDaemon, id: string): number[] {
  return pidsOf(daemon.data).filter((pid) => workFolderOf(pid) === join(daemon.data, 'runs', id));
}

/** How many jobs are recorded as being stopped. */
function storedStops(daemon: TestDaemon): number {
  const db = new DatabaseSync(join(daemon.data, 'orbweaver.db'), { readOnly: true });
  const row = db.prepare('SELECT count(stop) AS n FROM jobs').get();
  db.close();
  return Number(row?.n);
}

describe('a daemon that comes back', () => {
  let daemon: TestDaemon;
  let gate = '';
  beforeEach(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start();
    gate = join(daemon.data, 'gate');
    await daemon.pushProject('trouble');
  });
  afterEach(() => daemon[Symbol.asyncDispose]());

  const again = async (args: string[] = []) => {
    daemon = await TestDaemon.start({ data: daemon.data, args });
  };
  const whole = 'line 0\nline 1\nlast line\n';

  for (const { way, fields } of WAYS) {
    describe(`to runs by ${way}`, () => {
      const waiting = () => daemon.schedule({ ...fields, spider: 'lines', count: '2', gate });

      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        it(`after ${signal} finds them running, their logs whole, and sees them end`, async () => {
          const id = await waiting();
          await daemon.seen(id, 'out', 'line 1');
          await daemon.kill(signal);
          await again();
          expect(await daemon.job(id)).to.include({ status: 'RUNNING' });
          writeFileSync(gate, '');
          expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
          expect(await daemon.log(id, 'out')).to.equal(whole);
        });

        it(`after ${signal} learns how those ended that ended meanwhile`, async () => {
          const id = await waiting();
          await daemon.seen(id, 'out', 'line 1');
          const failing = await daemon.schedule({ ...fields, spider: 'failing' });
          await daemon.kill(signal);
          const spiders = spidersOf(daemon, id);
          expect(spiders).to.have.length(1);
          writeFileSync(gate, '');
          await Promise.all(spiders.map(gone));
          await again();
          expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
          expect(await daemon.over(failing)).to.include({ status: 'FAILED' });
          expect(await daemon.log(id, 'out')).to.equal(whole);
        });
      }

      it('sees a run end in its true state although its host was killed', async () => {
        const [id, killed] = [await waiting(), await daemon.schedule({ ...fields, spider: 'hanging' })];
        await Promise.all([daemon.seen(id, 'out', 'line 1'), daemon.seen(killed, 'out', 'pids')]);
        const hosts = hostsOf(daemon.data);
        expect(hosts).to.have.length(1);
        process.kill(hosts[0]!, 'SIGKILL');
        const [spider] = /pids (\d+)/.exec(await daemon.seen(killed, 'out', '\n'))!.slice(1);
        process.kill(Number(spider), 'SIGKILL');
        writeFileSync(gate, '');
        expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
        expect(await daemon.over(killed)).to.include({ status: 'FAILED' });
        expect(await daemon.log(id, 'out')).to.equal(whole);
        const next = await daemon.schedule({ ...fields, spider: 'fine' });
        expect(await daemon.over(next)).to.include({ status: 'SUCCESSFUL' });
      });

      it('sees a run end in its true state although host and daemon were killed', async () => {
        const id = await waiting();
        await daemon.seen(id, 'out', 'line 1');
        await daemon.kill('SIGKILL');
        for (const pid of hostsOf(daemon.data)) process.kill(pid, 'SIGKILL');
        await again();
        expect(await daemon.job(id)).to.include({ status: 'RUNNING' });
        writeFileSync(gate, '');
        expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
        expect(await daemon.log(id, 'out')).to.equal(whole);
      });

      it('stops them on SIGTERM when told to with --stop-spiders', async () => {
        await daemon.kill('SIGTERM');
        await again(['--stop-spiders']);
        const id = await waiting();
        await daemon.seen(id, 'out', 'line 1');
        const spiders = spidersOf(daemon, id);
        expect(spiders).to.have.length(1);
        expect(await daemon.kill('SIGTERM')).to.equal(0);
        await Promise.all(spiders.map(gone));
        await again();
        expect(await daemon.job(id)).to.include({ status: 'CANCELED' });
      });
    });
  }

  it('goes on canceling what was being canceled, started either way', async function () {
    this.timeout(30_000);
    const ids = await Promise.all(
      WAYS.map(({ fields }) => daemon.schedule({ ...fields, spider: 'hanging' })),
    );
    await Promise.all(ids.map((id) => daemon.seen(id, 'out', 'pids')));
    const startedAt = performance.now();
    const canceled = ids.map((id) => daemon.post('/cancel-job.json', { id }).catch(() => null));
    while (storedStops(daemon) < ids.length) await sleep(10);
    await daemon.kill('SIGKILL');
    await Promise.all(canceled);
    await again();
    for (const id of ids) expect(await daemon.over(id)).to.include({ status: 'CANCELED' });
    expect(performance.now() - startedAt).to.be.within(9_500, 20_000);
  });

  it('ends an idle host for which it has no memory', async () => {
    await daemon.over(await daemon.schedule({ spider: 'fine' }));
    const hosts = hostsOf(daemon.data);
    expect(hosts).to.have.length(1);
    await daemon.kill('SIGKILL');
    await again(['--hosts-memory', '1M']);
    await Promise.all(hosts.map(gone));
  });

  it('starts what waited in the queue', async () => {
    await daemon.kill('SIGTERM');
    await again(['--job-slots', '1']);
    const first = await daemon.schedule({ spider: 'lines', count: '1', gate });
    const second = await daemon.schedule({ spider: 'fine' });
    expect(await daemon.job(second)).to.include({ status: 'PENDING' });
    await daemon.kill('SIGKILL');
    await again(['--job-slots', '1']);
    expect(await daemon.job(second)).to.include({ status: 'PENDING' });
    writeFileSync(gate, '');
    expect(await daemon.over(first)).to.include({ status: 'SUCCESSFUL' });
    expect(await daemon.over(second)).to.include({ status: 'SUCCESSFUL' });
  });

  it('makes one late job of all the fires it missed, and keeps the plan', async () => {
    const id = await daemon.schedule({ spider: 'silent', when: 'every second' });
    await daemon.kill('SIGKILL');
    await sleep(6000);
    await again();
    const [schedule] = await daemon.jobs('status=SCHEDULED');
    expect(schedule).to.include({ identifier: id, schedule: 'every second', status: 'SCHEDULED' });
    await daemon.post('/cancel-job.json', { id });
    expect((await daemon.get('/status.json')).body).to.include({ 'jobs-scheduled': 0 });
    const made =
      (await daemon.jobs('status=ACTIVE')).length + (await daemon.jobs('status=COMPLETED')).length - 1;
    // The late one, and those of the seconds since; without the collapse it is six at least.
    expect(made).to.be.within(1, 4);
  });

  it('refuses a second daemon on its folder, in words', async () => {
    const { code, text } = await TestDaemon.refusal({ data: daemon.data });
    expect(code).to.equal(1);
    expect(text).to.contain(`already uses the data folder "${daemon.data}"`);
    expect((await daemon.get('/status.json')).status).to.equal(200);
  });

  it('counts since it was first set up, jobs that are no longer kept included', async () => {
    for (const spider of ['fine', 'failing', 'fine']) await daemon.over(await daemon.schedule({ spider }));
    await daemon.kill('SIGKILL');
    await again(['--completed-cap', '1']);
    while ((await daemon.jobs('status=COMPLETED')).length > 1) await sleep(50);
    expect((await daemon.get('/status.json')).body).to.include({
      'jobs-run': 3,
      'jobs-successful': 2,
      'jobs-failed': 1,
      'jobs-canceled': 0,
    });
  });

  it('gives its folder free however it ended', async () => {
    await daemon.kill('SIGKILL');
    await again();
    expect((await daemon.get('/list-projects.json')).body).to.deep.equal({
      status: 'ok',
      projects: ['trouble'],
    });
  });
});

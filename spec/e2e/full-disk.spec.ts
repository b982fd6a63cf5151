import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { fill, insideOf, onSmallDisk } from '../support/small-disk.ts';

/** CPU time that a process has used, in milliseconds. */
function cpuTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  // User and system time, in the hundredths of a second that Linux shows everywhere.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

describe('a full disk', function () {
  this.timeout(60_000);
  let daemon: TestDaemon;
  let elsewhere = '';
  let gate = '';
  beforeEach(async function () {
    this.timeout(180_000);
    const data = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    elsewhere = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    gate = join(elsewhere, 'gate');
    daemon = await TestDaemon.start({
      data,
      args: ['--job-slots', '2'],
      wrapper: await onSmallDisk(data, 16),
    });
    await daemon.pushProject('trouble');
  });
  afterEach(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(elsewhere, { recursive: true });
  });

  const waiting = async (count: string) => {
    const id = await daemon.schedule({ spider: 'lines', count, pause: '0', gate });
    await daemon.seen(id, 'out', 'line 0');
    return id;
  };
  const expectFull = ({ status, headers, body }: Answer) => {
    expect(status).to.equal(507);
    expect(headers.get('content-type')).to.equal('application/json');
    expect(body).to.have.all.keys('status', 'msg').and.to.have.property('status', 'error');
    expect(body)
      .to.have.property('msg')
      .that.matches(/disk is (too )?full|could not be written/)
      .and.contains('ree some space');
  };

  /** Before the disk is filled: the records of a run that is over are removed soon after, which makes space. */
  const forgotten = async (id: string) => {
    const hosts = join(insideOf(daemon), 'hosts');
    while (readdirSync(hosts, { recursive: true }).some((name) => name.includes(id))) await sleep(10);
  };
  /** Before the disk is filled: SQLite would write its log anew, into the space that the log has already. */
  const emptyLog = () => {
    const db = new DatabaseSync(join(insideOf(daemon), 'orbweaver.db'), { timeout: 5000 });
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
  };

  it('refuses changes with 507 and loses nothing; with space again all goes on', async () => {
    const running = await waiting('1');
    const done = await daemon.schedule({ spider: 'fine', fork: 'no' });
    await daemon.over(done);
    await forgotten(done);
    const schedule = await daemon.schedule({ spider: 'silent', when: 'every 40 weeks' });
    const lists = async () => [
      await daemon.jobs('status=ACTIVE'),
      await daemon.jobs('status=COMPLETED'),
      (await daemon.get('/list-projects.json')).body as unknown,
      await daemon.log(done, 'err'),
    ];
    const before = await lists();
    emptyLog();
    const free = fill(insideOf(daemon));
    expectFull(await daemon.post('/schedule-job.json', { project: 'trouble', spider: 'fine', when: 'now' }));
    expectFull(
      await daemon.post('/schedule-job.json', { project: 'trouble', spider: 'fine', when: 'every day' }),
    );
    expectFull(await daemon.post('/cancel-job.json', { id: schedule }));
    expectFull(await daemon.post('/cancel-job.json', { id: running }));
    expectFull(await daemon.pushProject('trouble'));
    expect(await lists()).to.deep.equal(before);
    expect(readdirSync(join(insideOf(daemon), 'uploads'))).to.deep.equal([]);
    expect((await daemon.get('/status.json')).body).to.include({ 'jobs-run': 2, 'jobs-scheduled': 1 });

    free();
    expect(await lists()).to.deep.equal(before);
    expect((await daemon.pushProject('trouble')).status).to.equal(200);
    const next = await daemon.schedule({ spider: 'fine' });
    expect(await daemon.over(next)).to.include({ status: 'SUCCESSFUL' });
    writeFileSync(gate, '');
    expect(await daemon.over(running)).to.include({ status: 'SUCCESSFUL' });
  });

  it('lets runs end in their true state and fires wait, without being busy about it', async () => {
    const ends = [await waiting('1'), await daemon.schedule({ spider: 'hanging', fork: 'no' })];
    await daemon.seen(ends[1]!, 'out', 'pids');
    const [spider] = /pids (\d+)/.exec(await daemon.seen(ends[1]!, 'out', '\n'))!.slice(1);
    const pending = await daemon.schedule({ spider: 'silent', fork: 'no' });
    const schedule = await daemon.schedule({ spider: 'silent', when: 'every 2 seconds' });
    emptyLog();
    const free = fill(insideOf(daemon));
    const made = async () => {
      // In this order no job is missed, and what moved on in between is counted once.
      const active = await daemon.jobs('status=ACTIVE&spider=silent');
      const jobs = [...active, ...(await daemon.jobs('status=COMPLETED&spider=silent'))];
      const fires = jobs.filter((job) => job.actor === 'SCHEDULER');
      return new Set(fires.map((job) => job.identifier)).size;
    };
    const before = await made();
    writeFileSync(gate, '');
    process.kill(Number(spider), 'SIGKILL');
    await sleep(1000);
    const startedAt = cpuTime(daemon.pid);
    await sleep(4000);
    expect(cpuTime(daemon.pid) - startedAt).to.be.below(1000);
    expect(await daemon.job(ends[0]!)).to.include({ status: 'RUNNING' });
    expect(await daemon.job(pending)).to.include({ status: 'PENDING' });
    expect(await made()).to.equal(before);

    free();
    const freedAt = performance.now();
    expect(await daemon.over(ends[0]!)).to.include({ status: 'SUCCESSFUL' });
    expect(await daemon.over(ends[1]!)).to.include({ status: 'FAILED' });
    expect(await daemon.over(pending)).to.include({ status: 'SUCCESSFUL' });
    // What was missed is one late fire, and the plan goes on.
    let fired = 0;
    while (fired === 0) {
      await sleep(50);
      fired = (await made()) - before;
    }
    expect(fired).to.be.at.most(2 + (performance.now() - freedAt) / 2000);
    expect((await daemon.post('/cancel-job.json', { id: schedule })).status).to.equal(200);
  });
});

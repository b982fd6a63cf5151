import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { aRequest, aVersion } from '../support/samples.ts';
import { TestDaemon } from '../support/daemon.ts';

const JOBS = 100_000;

/** A data folder whose store remembers 100,000 finished jobs, which did not end in the order in which they came. */
function fullFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  const path = join(data, 'orbweaver.db');
  const store = openSqliteStore(path);
  store.addVersion(aVersion());
  const { id } = store.addJob({ request: aRequest(), actor: 'USER' }, 1);
  store.close();
  const db = new DatabaseSync(path);
  db.prepare(
    `WITH RECURSIVE series (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series LIMIT ${JOBS})
     INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, project, spider, priority,
       request, created_at, changed_at, started_at, finished_at)
     SELECT 'job-' || value, 'job' || value, 1, 1, value + 1, 'SUCCESSFUL', 'USER', project, spider, 0, request,
       value, at, at, at
     FROM jobs, series, (SELECT value AS same, 1700000000000 + value * 7919 % 100003 * 1000 AS at FROM series)
     WHERE jobs.id = ? AND same = value`,
  ).run(id);
  db.prepare('DELETE FROM jobs WHERE id = ?').run(id);
  db.close();
  return data;
}

describe('a list of 100,000 jobs', function () {
  this.timeout(60_000);
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ data: fullFolder(), args: ['--completed-cap', String(10 * JOBS)] });
  });
  after(() => daemon[Symbol.asyncDispose]());

  /** Asks again and again; gives the longest that an answer took, in milliseconds. */
  const slowestStatus = async (until: () => boolean): Promise<number> => {
    let slowest = 0;
    while (!until()) {
      const startedAt = performance.now();
      const { status } = await daemon.get('/status.json');
      expect(status).to.equal(200);
      slowest = Math.max(slowest, performance.now() - startedAt);
    }
    return slowest;
  };

  it('comes whole and in order, and in between the daemon answers others', async () => {
    let isDone = false;
    const list = fetch(`${daemon.url}/list-jobs.json?status=COMPLETED`).then(async (response) => {
      expect(response.headers.get('content-length')).to.equal(null);
      const text = await response.text();
      isDone = true;
      return text;
    });
    const slowest = await slowestStatus(() => isDone);
    const { status, jobs } = JSON.parse(await list) as { status: string; jobs: Record<string, string>[] };
    expect(status).to.equal('ok');
    expect(new Set(jobs.map((job) => job.identifier)).size).to.equal(JOBS);
    const times = jobs.map((job) => job.timestamp);
    expect(times.findIndex((time, index) => index > 0 && time! >= times[index - 1]!)).to.equal(-1);
    // Two hundred rows take a few milliseconds; the rest is the load of the machine.
    expect(slowest).to.be.below(2000);
  });

  it("is cut short where scrapyd's clients ask, who are answered at once", async () => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const startedAt = performance.now();
      const { body } = await daemon.get('/listjobs.json?project=quotes');
      times.push(performance.now() - startedAt);
      const { finished } = body as { finished: Record<string, string>[] };
      expect(finished).to.have.length(100);
      expect(finished[0]).to.include({
        end_time: (await daemon.jobs('status=COMPLETED&limit=1'))[0]!.timestamp,
      });
    }
    // A read of all of them takes a hundred times as long.
    expect(Math.min(...times)).to.be.below(200);
    expect((await daemon.get('/daemonstatus.json')).body).to.include({ finished: 100, pending: 0 });
  });

  it('pages through without a gap', async () => {
    const first = await daemon.jobs('status=COMPLETED&limit=3');
    const second = await daemon.jobs('status=COMPLETED&limit=2&offset=1');
    expect(second).to.deep.equal(first.slice(1));
    expect(await daemon.jobs(`status=COMPLETED&offset=${JOBS - 1}`)).to.have.length(1);
  });

  it('holds nothing for a reader that stops reading, and for one that leaves', async () => {
    const { hostname, port } = new URL(daemon.url);
    const memory = async () =>
      ((await daemon.get('/status.json')).body as Record<string, number>)['memory-usage']!;
    const stopped: Socket[] = [];
    const before = await memory();
    for (let index = 0; index < 3; index++) {
      const socket = connect(Number(port), hostname);
      socket.write('GET /list-jobs.json?status=COMPLETED HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
      socket.pause();
      stopped.push(socket);
    }
    await sleep(300);
    // Each whole answer has 26 MB.
    expect((await memory()) - before).to.be.below(100);
    let isDone = false;
    const [slowest] = await Promise.all([
      slowestStatus(() => isDone),
      sleep(300).then(() => {
        isDone = true;
      }),
    ]);
    expect(slowest).to.be.below(2000);

    const [slow, ...gone] = stopped;
    for (const socket of gone) socket.destroy();
    let read = 0;
    for await (const chunk of slow!) {
      read += (chunk as Buffer).length;
      if (String(chunk).includes(']}\n')) break;
    }
    expect(read).to.be.greaterThan(10_000_000);
    expect((await daemon.get('/status.json')).status).to.equal(200);
    expect(daemon.output).to.not.match(/Warning|"level":50/);
  });
});

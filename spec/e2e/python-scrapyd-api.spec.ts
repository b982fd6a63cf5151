import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon, TROUBLE_SPIDERS } from '../support/daemon.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { eggOf } from '../support/scrapyd-egg.ts';
import { seen } from '../support/scrapyd-exchange.ts';
import { scrapydPeers } from '../support/scrapyd-peers.ts';
import { ScrapydPythonClient } from '../support/scrapyd-python-client.ts';

describe('the Python libraries for scrapyd', function () {
  this.timeout(60_000);
  let environment = '';
  let home = '';
  before(async function () {
    this.timeout(PEER_TIMEOUT_MS);
    environment = await scrapydPeers();
    home = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    writeFileSync(join(home, 'project.egg'), eggOf('trouble'));
  });
  after(() => {
    rmSync(home, { recursive: true });
  });

  /** A client whose calls must succeed, and a check that each of its methods was called. */
  const clientOf = async (client: 'ScrapydAPI' | 'ScrapydClient', daemon: TestDaemon) => {
    const python = await ScrapydPythonClient.start({ environment, home, client, url: daemon.url });
    const called = new Set<string>();
    return {
      python,
      // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what the specs are about
      call: async (method: string, ...args: unknown[]): Promise<any> => {
        called.add(method);
        const got = await python.call(method, ...args);
        if ('raised' in got) throw new Error(`${method}: ${got.raised}: ${got.message}`);
        return got.returned;
      },
      expectAllCalled: () => {
        expect([...called].sort()).to.deep.equal([...python.methods].sort());
      },
      [Symbol.asyncDispose]: () => python[Symbol.asyncDispose](),
    };
  };
  /** Scrapy that is stopped while it opens the spider ends without closing it. */
  const crawls = (daemon: TestDaemon, jobid: string) =>
    daemon.seen(jobid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), 'out', 'line 0');
  const waits = (daemon: TestDaemon) => ({ count: '1', gate: join(daemon.data, 'gate') });

  it('python-scrapyd-api finds each of its methods at work', async () => {
    await using daemon = await TestDaemon.start({ args: ['--job-slots', '1'] });
    await using client = await clientOf('ScrapydAPI', daemon);
    const { call, python } = client;
    const egg = { file: join(home, 'project.egg') };

    expect(await call('add_version', 'trouble', '1.0', egg)).to.equal(TROUBLE_SPIDERS.length);
    expect(await call('add_version', 'trouble', '1.1', egg)).to.equal(TROUBLE_SPIDERS.length);
    expect(await call('list_projects')).to.deep.equal(['trouble']);
    expect(await call('list_versions', 'trouble')).to.deep.equal(['1.0', '1.1']);
    expect(await call('list_spiders', 'trouble')).to.deep.equal(TROUBLE_SPIDERS);

    const running: string = await call('schedule', 'trouble', 'lines', { named: waits(daemon) });
    expect(running).to.match(/^[0-9a-f]{32}$/);
    await crawls(daemon, running);
    const settings = {
      named: { settings: { DOWNLOAD_DELAY: 2 }, jobid: 'mine', _version: '1.0', word: 'ä' },
    };
    expect(await call('schedule', 'trouble', 'fine', settings)).to.equal('mine');
    expect(await call('job_status', 'trouble', running)).to.equal('running');
    expect(await call('job_status', 'trouble', 'mine')).to.equal('pending');
    expect(await call('job_status', 'trouble', 'nobody')).to.equal('');
    expect((await call('list_jobs', 'trouble')).pending).to.deep.equal([
      {
        id: 'mine',
        project: 'trouble',
        spider: 'fine',
        version: '1.0',
        settings: { DOWNLOAD_DELAY: '2' },
        args: { word: 'ä' },
      },
    ]);

    expect(await call('cancel', 'trouble', 'mine')).to.equal('pending');
    expect(await call('cancel', 'trouble', running, 'TERM')).to.equal('running');
    await seen(daemon.url, `/status.json?job=${running}`, 'finished');
    expect(await call('job_status', 'trouble', running)).to.equal('finished');
    const [ended] = (await call('list_jobs', 'trouble')).finished as { id: string; log_url: string }[];
    expect(ended).to.include({ id: running, log_url: `/logs/trouble/lines/${running}.log` });
    expect((await daemon.get(ended!.log_url)).text).to.contain('Spider closed (shutdown)');

    expect(await call('delete_version', 'trouble', '1.1')).to.equal(true);
    expect(await call('list_versions', 'trouble')).to.deep.equal(['1.0']);
    expect(await call('delete_project', 'trouble')).to.equal(true);
    expect(await call('list_projects')).to.deep.equal([]);
    expect(await python.call('delete_project', 'trouble')).to.deep.equal({
      raised: 'ScrapydResponseError',
      message: "project 'trouble' not found",
    });
    client.expectAllCalled();
  });

  it('scrapyd_client.ScrapydClient finds each of its methods at work', async () => {
    await using daemon = await TestDaemon.start({ args: ['--job-slots', '1', '--node-name', 'node-1'] });
    await daemon.pushProject('trouble');
    await using client = await clientOf('ScrapydClient', daemon);
    const { call, python } = client;
    const ok = { node_name: 'node-1', status: 'ok' };

    expect(await call('projects', 'tr*')).to.deep.equal(['trouble']);
    expect(await call('spiders', 'trouble', 'l*')).to.deep.equal(['leaving', 'lines']);
    const versions: string[] = await call('versions', 'trouble');
    expect(versions).to.have.length(1);
    const job: string = await call('schedule', 'trouble', 'lines', Object.entries(waits(daemon)));
    await crawls(daemon, job);
    expect(await call('daemonstatus')).to.deep.equal({ ...ok, pending: 0, running: 1, finished: 0 });
    expect(await call('status', job, 'trouble')).to.deep.equal({ ...ok, currstate: 'running' });
    expect((await call('jobs', 'trouble')).running).to.have.length(1);
    expect(await call('cancel', 'trouble', job)).to.deep.equal({ ...ok, prevstate: 'running' });
    await seen(daemon.url, `/status.json?job=${job}`, 'finished');
    expect(await call('delversion', 'trouble', versions[0])).to.deep.equal(ok);
    await daemon.pushProject('trouble');
    expect(await call('delproject', 'trouble')).to.deep.equal(ok);
    expect(await python.call('delproject', 'trouble')).to.deep.equal({
      raised: 'ErrorResponse',
      message: "project 'trouble' not found",
    });
    client.expectAllCalled();
  });
});

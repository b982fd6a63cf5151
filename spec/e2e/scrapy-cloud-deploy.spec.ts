import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { createProject } from '../../src/cli/projects.ts';
import { whenChanged } from '../spiderhost/harness.ts';
import { TestDaemon } from '../support/daemon.ts';
import { sharedEnvironment } from '../support/environment.ts';
import { packagesFolder, sourceDistribution, uvFolder } from '../support/packages.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { eggOf } from '../support/scrapyd-egg.ts';
import { multipart } from '../support/send.ts';

describe('a deploy to Scrapy Cloud', function () {
  this.timeout(60_000);
  let folder: string;
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(PEER_TIMEOUT_MS);
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-deploy-'));
    const shared = await sharedEnvironment();
    const [base, environments, wheels] = [
      shared.folder,
      join(folder, 'environments'),
      join(folder, 'wheels'),
    ];
    cpSync(await packagesFolder(shared), wheels, { recursive: true });
    cpSync(join(base, '..'), environments, { recursive: true, filter: (path) => path === join(base, '..') });
    symlinkSync(base, join(environments, basename(base)));
    const waits = [
      'import os, time',
      `while not os.path.exists(${JSON.stringify(join(folder, 'gate'))}): time.sleep(0.02)`,
      'raise RuntimeError("libgated is missing")',
    ].join('\n    ');
    writeFileSync(join(wheels, 'gated-1.0.tar.gz'), sourceDistribution('gated', waits));
    daemon = await TestDaemon.start({
      args: ['--environments', environments, '--wheels', wheels],
      env: {
        ...{ PIP_CONFIG_FILE: '/dev/null', PIP_FIND_LINKS: '' },
        PATH: `${await uvFolder()}:${process.env.PATH ?? ''}`,
      },
    });
    createProject(daemon.data, 'trouble', '123');
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const deploy = async (fields: Record<string, string>): Promise<IncomingMessage> => {
    const egg = eggOf('trouble');
    const { headers, body } = multipart({ project: '123', version: '1.0', egg, ...fields });
    const asked = request(`${daemon.url}/api/scrapyd/addversion.json`, { method: 'POST', headers });
    asked.end(body);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.setEncoding('utf8');
  };
  const lastLine = (told: string) => JSON.parse(told.trimEnd().split('\n').at(-1) ?? '') as object;

  it('tells what the build of its environment prints while that goes on, and why it failed', async () => {
    // Its answer begins while the gate is closed.
    const response = await deploy({ requirements: 'gated' });
    expect(response.statusCode).to.equal(200);
    const [first] = (await once(response, 'data')) as [string];
    expect(first).to.match(/^Making a Python environment/);
    writeFileSync(join(folder, 'gate'), '');
    const rest = await text(response);
    expect(lastLine(rest)).to.have.keys('status', 'message').and.include({ status: 'error' });
    expect(lastLine(rest)).to.have.property('message').that.contains('libgated is missing');
    expect((await daemon.get('/api/spiders/list.json?project=123')).body).to.deep.include({ spiders: [] });
    const uploads = join(daemon.data, 'uploads');
    await whenChanged(uploads, () => readdirSync(uploads).length === 0);
  });

  it('makes an egg a version that runs with its requirements', async () => {
    const told = await text(await deploy({ requirements: 'six==1.16.0\n', stack: 'scrapy:2.11' }));
    expect(told).to.match(/six-1\.16\.0|six==1\.16\.0/);
    expect(lastLine(told)).to.deep.equal({ status: 'ok', project: 123, version: '1.0', spiders: 7 });
    const again = await text(await deploy({ requirements: 'six==1.16.0', version: '1.1' }));
    expect(again).to.equal('{"status":"ok","project":123,"version":"1.1","spiders":7}\n');

    const { body } = await daemon.post('/api/run.json', { project: '123', spider: 'fine', add_tag: 'new' });
    expect(body).to.deep.equal({ status: 'ok', jobid: (body as { jobid: string }).jobid });
    const [job] = [
      ...(await daemon.jobs('status=ACTIVE&project=trouble')),
      ...(await daemon.jobs('status=COMPLETED&project=trouble')),
    ];
    expect(await daemon.over(String(job?.identifier))).to.include({ status: 'SUCCESSFUL' });
    const list = await daemon.get('/api/jobs/list.json?project=123&has_tag=new&state=finished');
    expect(list.body).to.deep.include({ count: 1, total: 1 });
    expect((list.body as { jobs: object[] }).jobs[0]).to.include({
      ...{ id: (body as { jobid: string }).jobid, spider: 'fine', version: '1.1', close_reason: 'finished' },
    });
  });

  it('is refused by its status where nothing has to be built to see that', async () => {
    const response = await deploy({ egg: 'no zip' });
    expect(response.statusCode).to.equal(400);
    expect(JSON.parse(await text(response)))
      .to.have.keys('status', 'message')
      .and.include({ status: 'error' });
    const huge = await deploy({ requirements: '#'.repeat(300 * 1024) });
    expect(huge.statusCode).to.equal(400);
    expect(await text(huge)).to.match(/requirements\.txt/);
  });
});

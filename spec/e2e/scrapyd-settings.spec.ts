import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { zipProject } from '../../examples/zip-project.ts';
import { curl } from '../support/curl.ts';
import { TestDaemon } from '../support/daemon.ts';

const TROUBLE = join(import.meta.dirname, '../fixtures/projects/trouble');

describe("a daemon with scrapyd's settings", function () {
  this.timeout(60_000);
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('serves on its socket too, asks for its user, and keeps logs and items where and as long as they say', async () => {
    const config = join(folder, 'scrapyd.conf');
    writeFileSync(
      config,
      '[scrapyd]\nhttp_port = 0\nunix_socket_path = api.sock\nusername = ann\npassword = secret\n' +
        'logs_dir = logs\nitems_dir = items\njobs_to_keep = 1\npoll_interval = 5\n[services]\na.json = b\n',
    );
    const data = join(folder, 'data');
    const start = () => TestDaemon.start({ data, args: ['--config', config, '--data', data] });
    await using daemon = await start();
    const socket = join(folder, 'api.sock');
    while (!daemon.output.includes(`serves on http+unix://${socket}\n`)) await sleep(10);
    expect(daemon.output).to.match(/^Ignored of \[scrapyd\] in ".*", .*: poll_interval\.$/m);
    expect(daemon.output).to.match(/^\[services\] in ".*" is ignored: /m);

    expect((await daemon.get('/list-projects.json')).status).to.equal(401);
    const unix = ['--unix-socket', socket];
    expect((await curl(...unix, 'http://localhost/list-projects.json')).status).to.equal(401);
    const ask = async (path: string, ...form: string[]) => {
      const { text } = await curl(...unix, '-u', 'ann:secret', ...form, `http://localhost${path}`);
      return JSON.parse(text) as { identifier: string; status: string; jobs: { status: string }[] };
    };
    const zip = join(folder, 'trouble.zip');
    writeFileSync(zip, await zipProject(TROUBLE));
    expect(await ask('/push-project.json', '-F', `archive=@${zip}`)).to.include({ status: 'ok' });

    const run = async () => {
      const { identifier } = await ask('/schedule-job.json', '-d', 'project=trouble&spider=fine&when=now');
      await curl(...unix, '-u', 'ann:secret', `http://localhost/get-log/data/${identifier}.err`);
      return identifier;
    };
    const first = await run();
    const log = (id: string) => join(folder, 'logs', `${id}.err`);
    expect(readFileSync(log(first), 'utf8')).to.contain('Spider closed (finished)');
    expect(statSync(join(folder, 'items')).isDirectory()).to.equal(true);
    const second = await run();
    await daemon.kill('SIGTERM');
    expect(existsSync(socket)).to.equal(false);

    // A start is one of the moments when old files go.
    await using next = await start();
    while (existsSync(log(first))) await sleep(20);
    expect(existsSync(log(second))).to.equal(true);
    while (!next.output.includes('http+unix:')) await sleep(10);
    expect((await ask(`/list-jobs.json?id=${first}`)).jobs[0]?.status).to.equal('SUCCESSFUL');
  });
});

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon, TROUBLE_SPIDERS } from '../support/daemon.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { scrapydPeers } from '../support/scrapyd-peers.ts';

const PROJECT = join(import.meta.dirname, '../fixtures/projects/trouble');

interface Printed {
  code: number | null;
  stdout: string;
  text: string;
}

describe('the real scrapyd-client', function () {
  this.timeout(120_000);
  let commands = '';
  let home = '';
  before(async function () {
    this.timeout(PEER_TIMEOUT_MS);
    commands = join(await scrapydPeers(), 'bin');
    home = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  after(() => {
    rmSync(home, { recursive: true });
  });

  /** A copy of the project whose `[deploy]` says where the daemon is. */
  const projectFor = (daemon: TestDaemon, login: string[]): string => {
    const folder = mkdtempSync(join(home, 'project-'));
    cpSync(PROJECT, folder, { recursive: true });
    const deploy = ['[deploy]', 'project = trouble', `url = ${daemon.url}`, ...login];
    writeFileSync(
      join(folder, 'scrapy.cfg'),
      ['[settings]', 'default = trouble.settings', ...deploy, ''].join('\n'),
    );
    return folder;
  };

  /** Runs a command in a project's folder, without the settings and proxies of whoever runs the specs. */
  const run = (folder: string, command: string, ...args: string[]): Promise<Printed> => {
    const env = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NO_PROXY: '*' };
    return new Promise((resolve, reject) => {
      const options = { cwd: folder, env, timeout: 60_000 };
      const child = execFile(join(commands, command), args, options, (error, stdout, stderr) => {
        if (error !== null && 'syscall' in error) reject(new Error(`${command}: ${error.message}`));
        else resolve({ code: child.exitCode, stdout, text: stdout + stderr });
      });
    });
  };

  for (const [what, env, login] of [
    ['without authentication', {}, []],
    [
      'with authentication',
      { ORBWEAVER_USERNAME: 'guest', ORBWEAVER_PASSWORD: 'pass:word' },
      ['username = guest', 'password = pass:word'],
    ],
  ] as const) {
    it(`builds, deploys and runs a project ${what}`, async () => {
      await using daemon = await TestDaemon.start({ env, args: ['--node-name', 'node-1'] });
      const project = projectFor(daemon, [...login]);
      const headers = { authorization: `Basic ${Buffer.from('guest:pass:word').toString('base64')}` };
      const command = async (name: string, ...args: string[]): Promise<string> => {
        const printed = await run(project, name, ...args);
        expect(printed.code, printed.text).to.equal(0);
        return printed.stdout;
      };

      const deployed = {
        node_name: 'node-1',
        status: 'ok',
        project: 'trouble',
        spiders: TROUBLE_SPIDERS.length,
      };
      const first = await command('scrapyd-deploy', '--version', '1.0');
      expect(JSON.parse(first)).to.deep.equal({ ...deployed, version: '1.0' });
      const second = await command('scrapyd-client', 'deploy', '--version', '1.1');
      expect(JSON.parse(second)).to.deep.equal({ ...deployed, version: '1.1' });
      const versions = await daemon.get('/listversions.json?project=trouble', { headers });
      expect(versions.body.versions).to.deep.equal(['1.0', '1.1']);

      const [targets, projects, spiders, scheduled] = await Promise.all([
        command('scrapyd-client', 'targets'),
        command('scrapyd-client', 'projects'),
        command('scrapyd-client', 'spiders', '--project', 'trouble'),
        command(
          'scrapyd-client',
          'schedule',
          '--project',
          'trouble',
          'fi*',
          '--arg',
          'word=é',
          '--arg',
          'a=b=c',
        ),
      ]);
      expect(targets.trim().split(/\s+/)).to.deep.equal(['default', daemon.url]);
      expect(projects).to.equal('trouble\n');
      expect(spiders).to.equal(`trouble:\n${TROUBLE_SPIDERS.map((name) => `  ${name}\n`).join('')}`);
      const [, jobid = ''] = /^trouble \/ fine => ([0-9a-f]{32})\n$/.exec(scheduled) ?? [];
      expect(jobid, scheduled).not.to.equal('');

      // The followed log ends with the job.
      const id = jobid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      const out = await daemon.get(`/get-log/data/${id}.out`, { headers });
      expect(out.text).to.contain(`('_job', '${jobid}'), ('a', 'b=c'), ('word', 'é')`);
      const log = await daemon.get(`/logs/trouble/fine/${jobid}.log`, { headers });
      expect(log.text).to.contain('Spider closed (finished)');

      if (login.length > 0) {
        const stranger = projectFor(daemon, ['username = guest', 'password = wrong']);
        const deploy = await run(stranger, 'scrapyd-deploy');
        expect([deploy.code, deploy.stdout.trim()]).to.deep.equal([1, 'Unauthorized']);
        expect(deploy.text).to.contain('Deploy failed (401)');
        const list = await run(stranger, 'scrapyd-client', 'projects');
        expect([list.code, list.stdout]).to.deep.equal([1, 'Received a malformed response:\nUnauthorized\n']);
      }
    });
  }

  it('shows why a project was refused', async () => {
    await using daemon = await TestDaemon.start();
    const project = projectFor(daemon, []);
    writeFileSync(join(project, 'trouble', 'spiders', 'broken.py'), 'import nothing_of_that_name\n');
    const { stdout } = await run(project, 'scrapyd-deploy', '--version', '1');
    const answer = JSON.parse(stdout) as { status: string; message: string };
    expect(answer.status).to.equal('error');
    expect(answer.message).to.contain("No module named 'nothing_of_that_name'");
    expect((await daemon.get('/listprojects.json')).body.projects).to.deep.equal([]);
  });
});

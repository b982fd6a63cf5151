import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { holdProject } from '../../src/cli/projects.ts';
import { TestDaemon } from '../support/daemon.ts';
import { outputOf } from '../support/output-of.ts';
import { project } from '../support/refusals.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('a project that is held', () => {
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ args: ['--job-slots', '1'] });
    await daemon.pushZip(project({}));
    const cfg = '[settings]\ndefault = p.settings\n[deploy]\nproject = other\n';
    await daemon.pushZip(project({ 'scrapy.cfg': cfg }));
  });
  after(() => daemon[Symbol.asyncDispose]());

  it('keeps its jobs waiting, lets others pass, and goes on when it is released', async () => {
    holdProject(daemon.data, 'trouble', true);
    const waits = await daemon.schedule({ spider: 'fine', priority: '9' });
    const passes = await daemon.schedule({ project: 'other', spider: 'fine' });
    await daemon.over(passes);
    expect(await daemon.job(waits)).to.include({ status: 'PENDING' });
    for (const list of ['/list-projects.json', '/listprojects.json']) {
      expect((await daemon.get(list)).body).to.deep.include({
        ...{ projects: ['other', 'trouble'], held: ['trouble'] },
      });
    }
    holdProject(daemon.data, 'trouble', false);
    expect(await daemon.over(waits)).to.include({ status: 'SUCCESSFUL' });
    expect((await daemon.get('/list-projects.json')).body).not.to.have.property('held');
  });

  it('is held from the clone by npx, which prints nothing but the answer', async () => {
    const npx = async (...args: string[]) =>
      (
        await promisify(execFile)('npx', ['--no', 'orbweaver', ...args, '--data', daemon.data], {
          cwd: join(ROOT, 'spec'),
        })
      ).stdout;
    await npx('project', 'hold', 'other');
    expect(await npx('project', 'list')).to.match(
      /^ID +NAME .*\n\d+ +other .* held\n\d+ +trouble .* released\n$/,
    );
    expect(await outputOf('git', ['-C', ROOT, 'ls-files', '-s', 'orbweaver.mjs'])).to.match(/^100755 /);
  });
});

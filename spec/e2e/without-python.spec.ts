import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { TestDaemon } from '../support/daemon.ts';

describe('a daemon without Python', () => {
  let folder = '';
  let daemon: TestDaemon;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
    const python = join(folder, 'no-python');
    daemon = await TestDaemon.start({
      args: ['--environments', join(folder, 'environments'), '--python', python],
    });
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it('serves all the same, and says how to mend it', async () => {
    expect(daemon.output)
      .to.contain('Spiders cannot run yet:')
      .and.to.contain(`"${join(folder, 'no-python')}"`);
    expect((await daemon.get('/status.json')).status).to.equal(200);
    expect((await daemon.get('/list-projects.json')).body).to.deep.equal({ status: 'ok', projects: [] });
  });

  it('answers a push with 503, in words', async () => {
    const { status, body } = await daemon.pushProject('trouble');
    expect(status).to.equal(503);
    expect(body).to.have.property('status', 'error');
    expect(body).to.have.property('msg').that.contains('no-python').and.contains('Python 3.10 or newer');
  });
});

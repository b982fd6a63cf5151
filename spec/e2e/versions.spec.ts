import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { multipart, send, urlencoded } from '../support/send.ts';
import { WAYS } from '../support/ways.ts';
import { zip } from '../support/zip.ts';

const SPIDER = `import os, time
import scrapy


class Version(scrapy.Spider):
    name = "version"

    async def start(self):
        self.work()
        return
        yield

    def start_requests(self):
        self.work()
        return []

    def work(self):
        print("waiting", flush=True)
        while not os.path.exists(self.gate):
            time.sleep(0.02)
        # Only now: the old code must still be there.
        from versioned.constants import VERSION
        print("version", VERSION, open("versioned/version.txt").read())
`;

/** The project `versioned`; its spider tells the version when its gate is opened. */
function versioned(version: string, spiders = SPIDER): Buffer {
  const files = {
    'scrapy.cfg': '[settings]\ndefault = versioned.settings\n[deploy]\nproject = versioned\n',
    'versioned/__init__.py': '',
    'versioned/settings.py': 'SPIDER_MODULES = ["versioned.spiders"]\nLOG_LEVEL = "ERROR"\n',
    'versioned/constants.py': `VERSION = "${version}"\n`,
    'versioned/version.txt': version,
    'versioned/spiders.py': spiders,
  };
  return zip(Object.entries(files).map(([name, content]) => ({ name: `versioned/${name}`, content })));
}

describe('a project', () => {
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ args: ['--job-slots', '2'] });
  });
  after(() => daemon[Symbol.asyncDispose]());

  const gate = (name: string) => join(daemon.data, `gate-${name}`);
  const start = async (name: string, fields: Record<string, string> = {}) => {
    const id = await daemon.schedule({
      project: 'versioned',
      spider: 'version',
      gate: gate(name),
      ...fields,
    });
    await daemon.seen(id, 'out', 'waiting');
    return id;
  };
  const open = (name: string) => {
    writeFileSync(gate(name), '');
  };
  const pushed = { status: 'ok', name: 'versioned', spiders: ['version'] };
  const push = (archive: Buffer): Promise<Answer> => daemon.pushZip(archive);

  it('arrives byte by byte, whichever way it is sent', async () => {
    const archive = versioned('0');
    for (const form of [urlencoded({ archive }), multipart({ archive })]) {
      const { status, headers, body } = await send(daemon.url, '/push-project.json', {
        method: 'POST',
        ...form,
      });
      expect([status, body]).to.deep.equal([200, pushed]);
      expect(headers.get('content-type')).to.equal('application/json');
    }
    const merged = await send(daemon.url, '/push-project.json?y=2', {
      method: 'POST',
      ...multipart({ archive, x: '1' }),
    });
    expect(merged.body).to.deep.equal(pushed);
    expect(readdirSync(join(daemon.data, 'uploads'))).to.deep.equal([]);
    expect(readdirSync(join(daemon.data, 'projects'))).to.have.length(1);
  });

  for (const { way, fields } of WAYS) {
    it(`that is replaced lets a job by ${way} finish on its old code`, async () => {
      const name = `replaced-${fields.fork}`;
      await push(versioned('old'));
      const old = await start(name, fields);
      expect((await push(versioned('new'))).body).to.deep.equal(pushed);
      const next = await start(name, fields);
      open(name);
      await Promise.all([daemon.over(old), daemon.over(next)]);
      expect(await daemon.log(old, 'out')).to.equal('waiting\nversion old old\n');
      expect(await daemon.log(next, 'out')).to.equal('waiting\nversion new new\n');
      expect(await daemon.job(old)).to.include({ status: 'SUCCESSFUL' });
      await push(versioned('last'));
      expect(readdirSync(join(daemon.data, 'projects'))).to.have.length(1);
    });
  }

  it('that is removed lets its running jobs finish, and cancels its pending ones', async () => {
    await push(versioned('removed'));
    const running = [await start('removed'), await start('removed')];
    const pending = await daemon.schedule({ project: 'versioned', spider: 'version' });
    const removal = await daemon.post('/remove-project.json', { name: 'versioned' });
    expect([removal.status, removal.body]).to.deep.equal([200, { status: 'ok' }]);
    expect((await daemon.get('/list-projects.json')).body).to.deep.equal({ status: 'ok', projects: [] });
    expect(await daemon.job(pending)).to.include({ status: 'CANCELED', duration: null });
    for (const id of running) expect(await daemon.job(id)).to.include({ status: 'RUNNING' });
    const refused = await daemon.post('/schedule-job.json', {
      project: 'versioned',
      spider: 'version',
      when: 'now',
    });
    expect(refused.body).to.deep.equal({ status: 'error', msg: 'Unknown project "versioned".' });
    open('removed');
    for (const id of running) {
      expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
      expect(await daemon.log(id, 'out')).to.contain('version removed removed');
    }
  });

  it('may come back after it was removed', async () => {
    expect((await push(versioned('again'))).body).to.deep.equal(pushed);
    const id = await start('again');
    open('again');
    await daemon.over(id);
    expect(await daemon.log(id, 'out')).to.contain('version again');
  });

  it('with bad code leaves the version before it in place', async () => {
    const { status, body } = await push(versioned('bad', 'raise RuntimeError("no spiders today")'));
    expect(status).to.equal(400);
    expect(body).to.have.property('msg').that.contains('no spiders today');
    const id = await start('again');
    await daemon.over(id);
    expect(await daemon.log(id, 'out')).to.contain('version again');
    const [folder] = readdirSync(join(daemon.data, 'projects'));
    expect(existsSync(join(daemon.data, 'projects', folder!, 'versioned', 'scrapy.cfg'))).to.equal(true);
    expect(
      readFileSync(join(daemon.data, 'projects', folder!, 'versioned/versioned/version.txt'), 'utf8'),
    ).to.equal('again');
  });
});

import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { whenChanged } from '../spiderhost/harness.ts';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { sharedEnvironment } from '../support/environment.ts';
import { packagesFolder, sourceDistribution, uvFolder } from '../support/packages.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { gone, pidsOf } from '../support/processes.ts';
import { WAYS } from '../support/ways.ts';
import { zip } from '../support/zip.ts';
import { textOf } from '../support/text-of.ts';

const SPIDER = `import os, time
import scrapy


class Tells(scrapy.Spider):
    name = "tells"

    async def start(self):
        try:
            import six
            print("six", six.__version__, flush=True)
        except ImportError:
            print("no six", flush=True)
        while not os.path.exists(self.gate):
            time.sleep(0.02)
        return
        yield
`;

/** A project with one spider, which tells what version of six it has and waits for its gate. */
function project(name: string, files: Record<string, string> = {}): Buffer {
  const all: Record<string, string> = {
    'scrapy.cfg': `[settings]\ndefault = package.settings\n[deploy]\nproject = ${name}\n`,
    'package/__init__.py': '',
    'package/settings.py': 'SPIDER_MODULES = ["package.spiders"]\nLOG_LEVEL = "ERROR"\n',
    'package/spiders.py': SPIDER,
    ...files,
  };
  return zip(Object.entries(all).map(([path, content]) => ({ name: `top/${path}`, content })));
}

describe('the environment of a project', function () {
  this.timeout(120_000);
  let folder: string;
  let environments: string;
  let wheels: string;
  let daemon: TestDaemon;
  let base: string;

  const start = (args: string[] = [], data?: string) =>
    TestDaemon.start({
      args: ['--environments', environments, '--job-slots', '4', ...args],
      env: {
        PIP_CONFIG_FILE: '/dev/null',
        PIP_FIND_LINKS: '',
        PATH: `${uv}:${process.env.PATH ?? ''}`,
        UV_HTTP_TIMEOUT: '1',
        UV_HTTP_RETRIES: '0',
        SHOP_SECRET: 'hush',
      },
      ...(data === undefined ? {} : { data }),
    });
  let uv: string;

  before(async function () {
    this.timeout(PEER_TIMEOUT_MS);
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-environments-'));
    const shared = await sharedEnvironment();
    [uv, base] = [await uvFolder(), shared.folder];
    environments = join(folder, 'environments');
    wheels = join(folder, 'wheels');
    cpSync(await packagesFolder(shared), wheels, { recursive: true });
    cpSync(join(base, '..'), environments, { recursive: true, filter: (path) => path === join(base, '..') });
    symlinkSync(base, join(environments, basename(base)));
    writeFileSync(
      join(wheels, 'broken-1.0.tar.gz'),
      sourceDistribution(
        'broken',
        'import os; raise RuntimeError("libbroken is missing, " + os.environ.get("SHOP_SECRET", "no secret"))',
      ),
    );
    writeFileSync(
      join(wheels, 'endless-1.0.tar.gz'),
      sourceDistribution(
        'endless',
        `import time, sys; open(${JSON.stringify(join(folder, 'builds'))}, "w"); time.sleep(600)`,
      ),
    );
    daemon = await start(['--wheels', wheels]);
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const own = () =>
    readdirSync(environments).filter((name) => name.startsWith('own-') && !name.endsWith('.lock'));
  const push = async (name: string, files: Record<string, string> = {}): Promise<Answer> => {
    const answer = await daemon.pushZip(project(name, files));
    expect(answer.status, answer.text).to.equal(200);
    return answer;
  };
  const run = (name: string, fields: Record<string, string>) =>
    daemon.schedule({ project: name, spider: 'tells', gate: join(folder, `gate-${name}`), ...fields });
  const open = (name: string) => {
    writeFileSync(join(folder, `gate-${name}`), '');
  };

  it('has its own requirements, built once for pushes at the same time, with a log', async () => {
    const answers = await Promise.all([
      push('new', { 'requirements.txt': 'six==1.16.0\n' }),
      push('new & other', { 'requirements.txt': '# the same\nSIX == 1.16.0' }),
      push('old', { 'pyproject.toml': '[project]\nname = "old"\ndependencies = ["six<1.16"]\n' }),
    ]);
    expect(answers.map(({ body }) => body as unknown)).to.have.length(3);
    expect(own()).to.have.length(2);
    const log = `${(await daemon.get('/builds/new.log')).text}${(await daemon.get('/builds/new%20%26%20other.log')).text}`;
    expect(log.match(/^Making a Python environment/gm)).to.have.length(1);
    expect(log)
      .to.match(/^Waiting for another process/m)
      .and.match(/six==1\.16\.0/);
    const files = readdirSync(join(daemon.data, 'builds'));
    expect(files.sort()).to.match(/^new\.log,new___other~[0-9a-f]{16}\.log,old\.log$/);
    expect(statSync(join(daemon.data, 'builds', 'new.log')).mode & 0o777).to.equal(0o600);
  });

  for (const { way, fields } of WAYS) {
    it(`is the one that its runs have, beside others, by ${way}`, async () => {
      await push('plain');
      const names = ['new', 'old', 'plain'];
      for (const name of names) rmSync(join(folder, `gate-${name}`), { force: true });
      const ids = await Promise.all(names.map((name) => run(name, fields)));
      const said = ['six 1.16.0', 'six 1.15.0', 'no six'];
      await Promise.all(ids.map((id, index) => daemon.seen(id, 'out', said[index]!)));
      names.forEach(open);
      for (const id of ids) expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
    });
  }

  it('is used again by a second push, which takes at most a second more than one without requirements', async () => {
    const measure = async (files: Record<string, string>) => {
      const before = performance.now();
      await push('again', files);
      return performance.now() - before;
    };
    const without = await measure({});
    expect(await measure({ 'requirements.txt': 'six==1.16.0 # again' })).to.be.below(without + 1000);
    expect(own()).to.have.length(2);
  });

  it('is the base for requirements without any, and another Python is refused if it is not there', async () => {
    await push('again', { 'requirements.txt': '# nothing\n' });
    const config =
      '[settings]\ndefault = package.settings\n[deploy]\nproject = again\n[orbweaver]\npython = ';
    const there = /base-py(3\.\d+)/.exec(base)![1]!;
    await push('again', { 'scrapy.cfg': `${config}${there}\n` });
    const { status, body } = await daemon.pushZip(project('again', { 'scrapy.cfg': `${config}3.99\n` }));
    expect(status).to.equal(400);
    expect((body as { msg: string }).msg).to.match(
      new RegExp(`^The project asks for Python "3\\.99", which .* there is only .*${there}`),
    );
    expect(own()).to.have.length(2);
  });

  for (const [what, requirement, why] of [
    ['does not exist', 'no-such-thing', /no-such-thing was not found/],
    ['cannot be built', 'broken', /broken.*libbroken is missing, no secret/s],
  ] as const) {
    it(`that ${what} fails the push in short words, and leaves all as it was`, async () => {
      const before = readdirSync(environments);
      const { status, body } = await daemon.pushZip(project('new', { 'requirements.txt': requirement }));
      const { msg } = body as { msg: string };
      expect(status).to.equal(400);
      expect(msg).to.match(
        /^The Python environment could not be made: The requirements could not be installed: /,
      );
      expect(msg)
        .to.match(why)
        .and.match(/All that was printed is at "\/builds\/new\.log"\.$/);
      expect(msg.length).to.be.below(1000);
      expect((await daemon.get('/builds/new.log')).text).to.match(why);
      // Its lock, which is for ever, may be new.
      expect(readdirSync(environments).filter((name) => !name.endsWith('.lock'))).to.deep.equal(
        before.filter((name) => !name.endsWith('.lock')),
      );
      expect(readdirSync(join(daemon.data, 'uploads'))).to.deep.equal([]);
      expect((await daemon.get('/list-spiders.json?project=new')).body).to.deep.include({
        spiders: ['tells'],
      });
    });
  }

  it('is unavailable within seconds while the package index does not answer', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await using other = await start(['--pip-index', `http://user:secret@127.0.0.1:${port}/simple`]);
    const before = performance.now();
    const { status, body } = await other.pushZip(project('new', { 'requirements.txt': 'six' }));
    silent.close();
    expect(status).to.equal(503);
    const { msg } = body as { msg: string };
    expect(msg)
      .to.match(/The package index cannot be reached: .*127\.0\.0\.1/)
      .and.not.contain('secret');
    expect(performance.now() - before).to.be.below(20_000);
  });

  it('that is half made when the daemon is killed goes, and its build with it', async () => {
    const making = () => readdirSync(environments).find((name) => name.includes('.tmp-'));
    const files = { 'requirements.txt': 'endless' };
    const answer = daemon.pushZip(project('new', files)).then(
      () => 'answered',
      () => 'cut off',
    );
    await whenChanged(folder, () => existsSync(join(folder, 'builds')));
    const following = daemon.get('/builds/new.log').catch(() => null);
    const building = pidsOf(join(environments, making()!));
    expect(building).not.to.deep.equal([]);
    await daemon.kill('SIGKILL');
    expect(await answer).to.equal('cut off');
    expect(await following).to.equal(null);
    await Promise.all(building.map(gone));
    await whenChanged(environments, () => making() === undefined);
    expect(own()).to.have.length(2);
    daemon = await start(['--wheels', wheels], daemon.data);
    expect((await daemon.get('/list-spiders.json?project=new')).body).to.deep.include({ spiders: ['tells'] });
  });

  it('is made again before a run when somebody has removed it; others go on meanwhile', async () => {
    for (const name of own()) rmSync(join(environments, name), { recursive: true });
    for (const name of ['new', 'plain']) rmSync(join(folder, `gate-${name}`), { force: true });
    const [waiting, running] = [await run('new', {}), await run('plain', {})];
    await daemon.seen(running, 'out', 'no six');
    expect(await daemon.job(waiting)).to.include({ status: 'PENDING' });
    ['new', 'plain'].forEach(open);
    expect(await daemon.over(running)).to.include({ status: 'SUCCESSFUL' });
    const builds = join(daemon.data, 'builds');
    await whenChanged(builds, () => !textOf(join(builds, 'new.log')).includes('endless'));
    // It is followed while the building goes on.
    expect((await daemon.get('/builds/new.log')).text).to.match(/^The Python environment is ready: .*own-/m);
    expect(await daemon.over(waiting)).to.include({ status: 'SUCCESSFUL' });
    expect(await daemon.log(waiting, 'out')).to.equal('six 1.16.0\n');
    expect(own()).to.have.length(1);
  });

  it('has no log where nothing was built', async () => {
    for (const path of ['/builds/plain.log', '/builds/nothing.log', '/builds/new', '/builds/..%2Fnew.log']) {
      const { status, text } = await daemon.get(path);
      expect(status).to.equal(404);
      expect(text).to.match(/^There is no build log ".*": they are called <project>\.log\.\n$/);
    }
    expect((await daemon.post('/builds/new.log', {})).status).to.equal(405);
    await daemon.post('/remove-project.json', { name: 'new' });
    expect((await daemon.get('/builds/new.log')).status).to.equal(404);
  });
});

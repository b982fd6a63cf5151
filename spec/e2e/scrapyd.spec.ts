import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { multipart, send, urlencoded } from '../support/send.ts';
import { zip, type ZipEntry } from '../support/zip.ts';

/** A spider that prints its version and its arguments, and waits for the file `gate` if it is given one. */
const spiders = (version: string, names: readonly string[]) => `
import asyncio, os, scrapy
class Base(scrapy.Spider):
    async def start(self):
        arguments = {k: v for k, v in self.__dict__.items() if isinstance(v, str) and k != "gate"}
        print("version ${version} of", self.name, sorted(arguments.items()), os.environ["SCRAPY_JOB"], flush=True)
        while not os.path.exists(getattr(self, "gate", "/")):
            await asyncio.sleep(0.02)
        yield {"version": "${version}"}
${names.map((name) => `class ${name.toUpperCase()}(Base):\n    name = "${name}"\n`).join('')}`;

/** The two ways of starting a run, as a project asks for them. */
const WAYS = [
  { way: 'a fork of the spider host', fork: 'yes' },
  { way: 'a fresh interpreter', fork: 'no' },
];

function files(version: string, names: readonly string[], fork: string): ZipEntry[] {
  return [
    { name: 'shop/__init__.py', content: '' },
    { name: 'shop/settings.py', content: 'SPIDER_MODULES = ["shop.spiders"]\n' },
    { name: 'shop/spiders.py', content: spiders(version, names) },
    {
      name: 'scrapy.cfg',
      content: `[settings]\ndefault = shop.settings\n[deploy]\nproject = shop\n[orbweaver]\nfork = ${fork}\n`,
    },
  ];
}

const project = (version: string, names: readonly string[] = ['shoes'], fork = 'yes') =>
  zip(files(version, names, fork));

const egg = (version: string, names: readonly string[] = ['shoes'], fork = 'yes') =>
  zip([
    { name: 'EGG-INFO/entry_points.txt', content: '[scrapy]\nsettings = shop.settings\n' },
    { name: 'EGG-INFO/PKG-INFO', content: 'Metadata-Version: 1.0\n' },
    ...files(version, names, fork),
  ]);

describe('scrapyd', function () {
  this.timeout(60_000);
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ args: ['--job-slots', '3', '--node-name', 'node-one'] });
  });
  after(() => daemon[Symbol.asyncDispose]());

  const ok = (fields: object) => ({ ...fields, status: 'ok', node_name: 'node-one' });
  const error = (message: string) => ({ status: 'error', message, node_name: 'node-one' });
  const addVersion = (version: string, archive: Buffer, name = 'shop'): Promise<Answer> =>
    send(daemon.url, '/addversion.json', {
      method: 'POST',
      ...multipart({ project: name, version, egg: archive }),
    });
  const post = async (path: string, fields: Record<string, string>): Promise<unknown> =>
    (await daemon.post(path, { project: 'shop', ...fields })).body;
  const get = async (path: string): Promise<unknown> => (await daemon.get(path)).body;
  const versions = async () =>
    ((await get('/listversions.json?project=shop')) as { versions: string[] }).versions;
  const schedule = async (fields: Record<string, string> = {}): Promise<string> =>
    ((await post('/schedule.json', { spider: 'shoes', ...fields })) as { jobid: string }).jobid;
  /** The UUID of a job, by which its log is followed. */
  const idOf = (jobid: string): string => jobid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  /** What a job printed, once it is over. */
  const printed = async (jobid: string): Promise<string> => {
    await daemon.over(idOf(jobid));
    return daemon.log(idOf(jobid), 'out');
  };
  const state = async (jobid: string) =>
    ((await get(`/status.json?job=${jobid}`)) as { currstate: string | null }).currstate;
  /** A job that runs until its gate is opened. */
  const waiting = async (name: string, fields: Record<string, string> = {}) => {
    const gate = join(daemon.data, `gate-${name}`);
    const jobid = await schedule({ gate, ...fields });
    await daemon.seen(idOf(jobid), 'out', 'version');
    return {
      jobid,
      open: () => {
        writeFileSync(gate, '');
      },
    };
  };

  it('has its eleven endpoints beside those of Scrapy Do, and tells the two status.json apart', async () => {
    expect(await get('/daemonstatus.json')).to.deep.equal(ok({ pending: 0, running: 0, finished: 0 }));
    expect(await get('/status.json')).to.include({ status: 'ok', 'jobs-run': 0 });
    expect(await get('/status.json?job=nobody')).to.deep.equal(ok({ currstate: null }));
    expect((await daemon.get('/status.json', { method: 'OPTIONS' })).headers.get('allow')).to.equal(
      'OPTIONS, HEAD, GET',
    );
    expect((await daemon.get('/status.json', { method: 'DELETE' })).status).to.equal(405);
    expect((await daemon.get('/status.json?job=1', { method: 'DELETE' })).status).to.equal(200);
  });

  it('does not mind a slash too many, as of a client whose address ends in one', async () => {
    expect(await get('//daemonstatus.json')).to.include({ status: 'ok' });
    expect((await send(daemon.url, '///jobs')).text).to.contain('<h1>Jobs</h1>');
  });

  for (const { way, fork } of WAYS) {
    it(`runs the spiders of an egg by ${way}, which learn their job and version`, async () => {
      const names = ['shoes', 'hats'];
      expect((await addVersion('1.0', egg('one', names, fork))).body).to.deep.equal(
        ok({ project: 'shop', version: '1.0', spiders: 2 }),
      );
      expect(await get('/listspiders.json?project=shop')).to.deep.equal(ok({ spiders: ['hats', 'shoes'] }));
      const plain = await schedule({ color: 'red', 'size é': '42 = big' });
      expect(await printed(plain)).to.equal(
        `version one of shoes [('_job', '${plain}'), ('color', 'red'), ('size é', '42 = big')] ${plain}\n`,
      );
      const named = await schedule({ _version: '1.0', spider: 'hats' });
      expect(await printed(named)).to.equal(
        `version one of hats [('_job', '${named}'), ('_version', '1.0')] ${named}\n`,
      );
      const log = await daemon.get(`/logs/shop/shoes/${plain}.log`);
      expect(log.text)
        .to.contain('Spider closed (finished)')
        .and.to.equal(await daemon.log(idOf(plain), 'err'));
      expect((await daemon.get(`/items/shop/shoes/${plain}.jl`)).text).to.equal('{"version": "one"}\n');
      await post('/delproject.json', {});
    });
  }

  it('takes an egg as an urlencoded binary, and a zip with a scrapy.cfg, by the name that is given', async () => {
    const binary = await send(daemon.url, '/addversion.json?version=2', {
      method: 'POST',
      ...urlencoded({ project: 'café 1', egg: project('two') }),
    });
    expect(binary.body).to.deep.equal(ok({ project: 'café 1', version: '2', spiders: 1 }));
    expect(await get('/listprojects.json')).to.deep.equal(ok({ projects: ['café 1'] }));
    const body = (await post('/schedule.json', { project: 'café 1', spider: 'shoes' })) as { jobid: string };
    expect(await printed(body.jobid)).to.contain('version two of shoes');
    expect(await post('/delversion.json', { project: 'café 1', version: '2' })).to.deep.equal(ok({}));
    expect(await get('/listprojects.json')).to.deep.equal(ok({ projects: [] }));
  });

  it('refuses what is no archive, no egg or no safe one, and keeps nothing of it', async () => {
    const notAZip = error('egg is not a ZIP file (if using curl, use egg=@path not egg=path)');
    for (const bytes of ['', 'text', egg('cut').subarray(0, 200)]) {
      expect((await addVersion('1', Buffer.from(bytes))).body).to.deep.equal(notAZip);
    }
    const words = async (archive: Buffer) =>
      ((await addVersion('1', archive)).body as { message: string }).message;
    expect(await words(zip([{ name: '../out.py', content: '' }]))).to.equal(
      'The archive\'s entry "../out.py" leads out of its folder.',
    );
    expect(await words(zip([{ name: 'x/__init__.py', content: '' }]))).to.contain('no "scrapy.cfg"');
    expect(await words(egg('broken', ['1x']))).to.contain('SyntaxError');
    expect(await get('/listprojects.json')).to.deep.equal(ok({ projects: [] }));
    for (const folder of ['projects', 'uploads']) {
      expect(readdirSync(join(daemon.data, folder))).to.deep.equal([]);
    }
  });

  describe('and Scrapy Do share versions:', () => {
    const runs = async (fields: Record<string, string> = {}) =>
      /version (\S+)/.exec(await printed(await schedule(fields)))?.[1];
    const push = async (version: string) => {
      expect((await daemon.pushZip(project(version))).status).to.equal(200);
    };
    after(() => post('/delproject.json', {}));

    it('the greatest name is the default, whatever came last', async () => {
      await addVersion('1.10', egg('ten'));
      await addVersion('1.9', egg('nine'));
      expect(await versions()).to.deep.equal(['1.9', '1.10']);
      expect([await runs(), await runs({ _version: '1.9' })]).to.deep.equal(['ten', 'nine']);
      const other = await daemon.schedule({ project: 'shop', spider: 'shoes' });
      await daemon.over(other);
      expect(await daemon.log(other, 'out')).to.equal(
        `version ten of shoes [] ${other.replaceAll('-', '')}\n`,
      );
    });

    it('a push through Scrapy Do is the default at once, by the name of its second', async () => {
      const before = Math.floor(Date.now() / 1000);
      await push('pushed');
      const [first, second, pushed] = await versions();
      expect([first, second]).to.deep.equal(['1.9', '1.10']);
      expect(Number(pushed)).to.be.within(before, before + 60);
      expect([
        await runs(),
        await runs({ _version: '1.10' }),
        await runs({ _version: pushed! }),
      ]).to.deep.equal([...['pushed', 'ten', 'pushed']]);
      await push('again');
      expect(await versions()).to.have.length(3);
      expect(await runs()).to.equal('again');
    });

    it('the next addversion makes the greatest name the default again', async () => {
      await addVersion('1.0', egg('first'));
      expect((await versions()).slice(1)).to.deep.equal(['1.0', '1.9', '1.10']);
      expect(await runs()).to.equal('ten');
    });

    it('Scrapy Do runs the version that its schedule names', async () => {
      const id = await daemon.schedule({ project: 'shop', spider: 'shoes', _version: '1.9' });
      await daemon.over(id);
      expect(await daemon.log(id, 'out')).to.contain('version nine of shoes []');
    });

    it('a version of the same name takes the place of the first', async () => {
      await addVersion('1.10', egg('other'));
      expect(await runs()).to.equal('other');
      expect(await versions()).to.have.length(4);
    });

    it('the next in order follows one that is removed', async () => {
      await post('/delversion.json', { version: '1.10' });
      expect(await runs()).to.equal('nine');
    });
  });

  describe('lets go of versions', () => {
    beforeEach(() =>
      Promise.all([addVersion('1', egg('one')), addVersion('2', egg('two', ['shoes', 'hats']))]),
    );
    afterEach(() => post('/delproject.json', {}));

    it('whose running jobs finish on what they started with, while waiting ones are canceled', async () => {
      // Each by itself: Scrapy never ends when an item comes from start() in the moment of a signal.
      const jobs = [await waiting('kept-0'), await waiting('kept-1'), await waiting('kept-2')];
      const pinned = await schedule({ _version: '2' });
      const any = await schedule();
      expect(await post('/delversion.json', { version: '2' })).to.deep.equal(ok({}));
      expect([await state(pinned), await state(any)]).to.deep.equal([null, 'pending']);
      expect(await post('/delproject.json', {})).to.deep.equal(ok({}));
      expect(await state(any)).to.equal(null);
      expect(await get('/daemonstatus.json')).to.include({ pending: 0, running: 3 });
      expect(await post('/cancel.json', { job: jobs[0]!.jobid })).to.deep.equal(ok({ prevstate: 'running' }));
      for (const { open } of jobs.slice(1)) open();
      for (const { jobid } of jobs) expect(await printed(jobid)).to.contain('version two of shoes');
      expect(await state(jobs[1]!.jobid)).to.equal('finished');
      await addVersion('1', egg('one'));
    });

    it('not while schedules need them, and says so', async () => {
      const every = (fields: Record<string, string>) =>
        daemon.schedule({ project: 'shop', when: 'every 2 days', ...fields });
      const hats = await every({ spider: 'hats' });
      expect(await post('/delversion.json', { version: '2' })).to.deep.equal(
        error(
          'Spider "hats" is not in version "1" of project "shop", but has schedules (1): cancel them first, or push an archive with the spider.',
        ),
      );
      await daemon.post('/cancel-job.json', { id: hats });
      const pinned = await every({ spider: 'shoes', _version: '1' });
      expect(await post('/delversion.json', { version: '1' })).to.deep.equal(
        error('There is 1 schedule for version "1" of project "shop": cancel it first.'),
      );
      expect(await post('/delproject.json', {})).to.deep.equal(
        error('There is 1 schedule for project "shop": cancel it first.'),
      );
      expect(await versions()).to.deep.equal(['1', '2']);
      await daemon.post('/cancel-job.json', { id: pinned });
    });
  });

  describe('runs jobs', () => {
    before(() => addVersion('1', egg('one')));
    after(() => post('/delproject.json', {}));

    it('by a jobid of the client, which no other active job of the project may have', async () => {
      const gate = join(daemon.data, 'gate-named');
      const named = { spider: 'shoes', jobid: 'Nightly run é (1)', gate };
      expect(await post('/schedule.json', named)).to.deep.equal(ok({ jobid: named.jobid }));
      expect(await post('/schedule.json', named))
        .to.have.property('message')
        .that.matches(/^Project "shop" has a job "Nightly run é \(1\)" already, which is (PENDING|RUNNING)/);
      writeFileSync(gate, '');
      const query = `/status.json?job=${encodeURIComponent(named.jobid)}&project=shop`;
      while (((await get(query)) as { currstate: string }).currstate !== 'finished') await sleep(20);
      const { text } = await daemon.get(`/logs/shop/shoes/${encodeURIComponent(named.jobid)}.log`);
      expect(text).to.contain('Spider closed (finished)');
      expect(await post('/schedule.json', named)).to.deep.equal(ok({ jobid: named.jobid }));
      while (((await get(query)) as { currstate: string }).currstate !== 'finished') await sleep(20);
    });

    it('shows them as waiting in the order of the queue, running, and finished, the newest first', async () => {
      const running = [await waiting('list-1'), await waiting('list-2'), await waiting('list-3')];
      const low = await schedule({ priority: '-0.5', setting: 'A=1=2', color: 'red', _version: '1' });
      const high = await schedule({ priority: '1e1' });
      const list = (await get('/listjobs.json?project=shop')) as Record<string, Record<string, unknown>[]>;
      const common = { project: 'shop', spider: 'shoes' };
      expect(list.pending).to.deep.equal([
        { id: high, ...common, version: null, settings: {}, args: {} },
        { id: low, ...common, version: '1', settings: { A: '1=2' }, args: { color: 'red' } },
      ]);
      expect(list.running!.map(({ id }) => id)).to.deep.equal(running.map(({ jobid }) => jobid));
      const { pid, start_time: startTime, ...rest } = list.running![0]!;
      expect(pid).to.be.a('number').that.is.greaterThan(1);
      expect(startTime).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
      const file = `shop/shoes/${running[0]!.jobid}`;
      const urls = { log_url: `/logs/${file}.log`, items_url: `/items/${file}.jl` };
      expect(rest).to.deep.equal({ id: running[0]!.jobid, ...common, ...urls });
      running[0]!.open();
      for (const jobid of [low, high]) await printed(jobid);
      const { finished } = (await get('/listjobs.json')) as { finished: Record<string, string>[] };
      // One after the other, in the one slot that is free.
      expect(finished.slice(0, 2).map(({ id }) => id)).to.deep.equal([low, high]);
      expect(Object.keys(finished[0]!)).to.deep.equal([
        ...['id', 'project', 'spider', 'start_time', 'end_time', 'log_url', 'items_url'],
      ]);
      expect(finished[0]!.end_time! > finished[0]!.start_time!).to.equal(true);
      for (const { jobid, open } of running) {
        open();
        await printed(jobid);
      }
    });

    it('cancels those that wait, and sends a signal to those that run, each time that it is asked', async () => {
      const running = [await waiting('cancel'), await waiting('cancel'), await waiting('cancel')];
      const pending = await schedule();
      expect(await post('/cancel.json', { job: pending })).to.deep.equal(ok({ prevstate: 'pending' }));
      expect(await state(pending)).to.equal(null);
      const cancel = (index: number, fields: Record<string, string> = {}) =>
        post('/cancel.json', { job: running[index]!.jobid, ...fields });
      expect(await cancel(0)).to.deep.equal(ok({ prevstate: 'running' }));
      expect(await cancel(1, { signal: 'TERM' })).to.deep.equal(ok({ prevstate: 'running' }));
      expect(await cancel(2, { signal: 'OOPS' }))
        .to.have.property('message')
        .that.contains('"OOPS"');
      expect(await cancel(2, { signal: '9' })).to.deep.equal(ok({ prevstate: 'running' }));
      for (const { jobid } of running) await printed(jobid);
      const logs = await Promise.all(running.map(({ jobid }) => daemon.log(idOf(jobid), 'err')));
      expect(logs[0]).to.contain('Received SIGINT, shutting down gracefully');
      expect(logs[1]).to.contain('Received SIGTERM, shutting down gracefully');
      expect(logs[2]).to.not.contain('Spider closed');
      expect(await cancel(0)).to.deep.equal(ok({ prevstate: null }));
    });

    it('stops a spider that has requests under way at the second signal', async () => {
      await daemon.pushProject('trouble');
      // It never answers.
      const site = createServer().listen(0, '127.0.0.1');
      const asked = once(site, 'request');
      await once(site, 'listening');
      const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
      const settings = { setting: 'ROBOTSTXT_OBEY=False' };
      const body = await post('/schedule.json', { project: 'trouble', spider: 'crawling', url, ...settings });
      const { jobid } = body as { jobid: string };
      await asked;
      const cancel = () => post('/cancel.json', { project: 'trouble', job: jobid });
      await cancel();
      await daemon.seen(idOf(jobid), 'err', 'shutting down gracefully');
      await cancel();
      await printed(jobid);
      expect(await daemon.log(idOf(jobid), 'err')).to.contain(
        'Received SIGINT twice, forcing unclean shutdown',
      );
      site.closeAllConnections();
      site.close();
    });
  });

  it('may be asked by pages of other sites, which may change nothing', async () => {
    await daemon.pushProject('trouble');
    const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    const read = await daemon.get('/listprojects.json', { headers: foreign });
    expect(read.headers.get('access-control-allow-origin')).to.equal('*');
    const change = await daemon.post('/delproject.json', { project: 'trouble' }, foreign);
    expect(change.status).to.equal(403);
    expect(change.body).to.have.property('message').that.contains('"https://elsewhere.example"');
    expect(change.headers.get('access-control-allow-origin')).to.equal('*');
    expect(existsSync(join(daemon.data, 'projects'))).to.equal(true);
    expect(await get('/listprojects.json')).to.have.deep.property('projects', ['trouble']);
  });
});

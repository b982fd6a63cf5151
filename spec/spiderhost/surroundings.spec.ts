import { expect } from 'chai';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../../src/jobs/runner.ts';
import { ENVIRONMENT_TIMEOUT_MS } from '../support/environment.ts';
import {
  CLEAN_ENV,
  execFileText,
  modeOf,
  openHarness,
  PROJECT,
  seenIn,
  WAYS,
  whenWritten,
} from './harness.ts';
import type { Harness } from './harness.ts';
import { textOf } from '../support/text-of.ts';

describe("a run's surroundings", () => {
  let environment: string;
  let harness: Harness;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    process.env.ORBWEAVER_SPEC_SECRET = 'do not tell';
    harness = await openHarness();
    environment = harness.environment;
  });

  after(async () => {
    delete process.env.ORBWEAVER_SPEC_SECRET;
    await harness.close();
  });

  for (const { way, fork } of WAYS) {
    describe(`in ${way}`, () => {
      let run: Run;
      let seen: Record<string, unknown>;
      let again: Record<string, unknown>;

      before(async () => {
        run = harness.run('looks', { fork, settings: { COLOUR: 'red' } });
        seen = await harness.look(run);
        again = await harness.look(harness.run('looks', { fork }));
      });

      it('are made in the way that was asked for', () => {
        expect(seen.main).to.equal(fork ? 'host_main.py' : 'spider_main.py');
      });

      it('hold no descriptors but stdin, stdout and stderr', () => {
        expect(seen.descriptors).to.deep.equal({ 0: '/dev/null', 1: run.stdout, 2: run.stderr });
        expect(seen.input).to.equal('');
      });

      it('have the signal handlers, mask and wakeup descriptor of a Python just started', () => {
        const handlers = Object.entries(seen.handlers as Record<string, unknown>).filter(
          ([, name]) => name !== 0,
        );
        expect(Object.fromEntries(handlers)).to.deep.equal({ 2: 'default_int_handler', 13: 1, 25: 1 });
        expect(seen.mask).to.deep.equal([]);
        expect(seen.wakeup).to.equal(-1);
      });

      it('are a session and a group of their own, below the host', () => {
        expect(seen.session).to.equal(seen.pid);
        expect(seen.group).to.equal(seen.pid);
        expect(seen.parent).to.equal(harness.hostPid);
      });

      it('are a clean environment, in which /proc shows nothing of the daemon either', () => {
        expect(seen.environ).to.deep.equal({
          ...CLEAN_ENV,
          PATH: `${environment}/bin:${CLEAN_ENV.PATH}`,
          SCRAPY_SETTINGS_MODULE: 'surroundings.settings',
        });
        expect(seen.procEnviron).to.be.a('string').that.does.not.contain('do not tell');
      });

      it('differ in their random numbers', () => {
        expect(seen.random).to.be.a('number').that.does.not.equal(again.random);
      });

      it("are a folder with copies of the project's files and links to its folders", () => {
        expect(seen.links).to.deep.equal(['data', 'surroundings']);
        expect(seen.files).to.deep.equal(['notes.txt', 'scrapy.cfg']);
        expect(readFileSync(join(PROJECT, 'notes.txt'), 'utf8')).to.equal('top-level\n');
      });

      it('are gone when the run is over, and the project is untouched', () => {
        expect(existsSync(seen.folder as string)).to.equal(false);
        expect(readFileSync(join(PROJECT, 'data/words.txt'), 'utf8')).to.equal('in a folder\n');
      });

      it('are readable for nobody else', () => {
        expect(seen.umask).to.equal(0o077);
        expect(modeOf(run.stdout)).to.equal('600');
        expect(modeOf(run.items!)).to.equal('600');
      });

      it("set the project's LOG_FILE aside, and pass other settings on", () => {
        expect(seen.settings).to.include({ LOG_FILE: null, COLOUR: 'red' });
        expect(textOf(run.stderr)).to.contain('Spider opened');
      });

      it('look to Python like those of `scrapy crawl`', async () => {
        const folder = join(harness.folder, `by-hand-${String(fork)}`);
        cpSync(PROJECT, folder, { recursive: true });
        // The script that pip makes for it.
        const script = join(folder, 'scrapy');
        writeFileSync(script, 'import sys\nfrom scrapy.cmdline import execute\nsys.exit(execute())\n');
        const python = join(environment, 'bin/python');
        const byHand = execFileText(python, [script, 'crawl', 'looks'], { cwd: folder, env: CLEAN_ENV });
        byHand.child.stdin?.end();
        const { stdout } = await byHand;
        const real = seenIn({ out: stdout, err: '' });
        expect(again.argv).to.deep.equal([join(environment, 'bin/scrapy'), 'crawl', 'looks']);
        expect(again.flags).to.deep.equal(real.flags);
        expect(again.handlers).to.deep.equal(real.handlers);
        const [scripts, ...path] = again.path as string[];
        expect(scripts).to.equal(join(environment, 'bin'));
        const rest = path.map((entry) => entry.replace(again.folder as string, folder));
        // Its first is the script's folder, which is also the project's.
        expect([folder, ...rest.filter((entry) => entry !== folder)]).to.deep.equal(real.path);
      });

      it('are a full copy where the project asks for one', async () => {
        const copied = await harness.look(harness.run('looks', { fork, copyProject: true }));
        expect(copied.links).to.deep.equal([]);
        expect(copied.files).to.deep.equal(['data', 'notes.txt', 'scrapy.cfg', 'surroundings']);
      });

      it("have the request's own variables, the time zone among them", async () => {
        const env = { TZ: 'Pacific/Auckland', SPIDER_DATA_DIR: '/somewhere', SCRAPY_PROJECT: 'surroundings' };
        const looked = await harness.look(harness.run('looks', { fork, env }));
        expect(looked.environ).to.include(env);
        expect(looked.timeZone).to.equal('NZST');
      });

      it('send the log to a LOG_FILE that the request sets', async () => {
        const logFile = join(harness.folder, `asked-${String(fork)}.log`);
        const { err } = await harness.finish(harness.run('looks', { fork, settings: { LOG_FILE: logFile } }));
        expect(textOf(logFile)).to.contain('Spider opened');
        expect(err).not.to.contain('Spider opened');
      });

      it('hand over arguments of any name and value', async () => {
        const args = {
          equals: 'a=b=c',
          lines: 'one\ntwo',
          '-x': '--logfile=nowhere',
          logfile: 'not an option',
          ünï: '\u{1f577} spider',
          'two words': '',
          payload: '{"a": [1]}',
        };
        const looked = await harness.look(harness.run('arguments', { fork, args }));
        expect(looked.arguments).to.deep.equal(args);
      });

      it('let each line out as it is printed', async () => {
        const release = join(harness.folder, `release-${String(fork)}`);
        const run = harness.run('waits', { fork, args: { release } });
        await harness.hosts.start(run);
        await whenWritten(run.stdout, 'waiting\n');
        expect(textOf(run.stdout)).not.to.contain('released');
        writeFileSync(release, '');
        expect((await harness.end(run)).out).to.contain('released');
      });
    });
  }

  it('are a fresh interpreter, whatever was asked, where a variable is read at its start', async () => {
    const env = { PYTHONHASHSEED: '7' };
    const first = await harness.look(harness.run('looks', { env }));
    const second = await harness.look(harness.run('looks', { env }));
    expect(first.main).to.equal('spider_main.py');
    expect(first.hash).to.equal(second.hash);
  });

  it('are a fork while the host is one thread, and it stays one', async () => {
    await harness.finish(harness.run('looks'));
    const { stdout } = await execFileText('ls', [`/proc/${harness.hostPid}/task`]);
    expect(stdout.trim()).to.equal(String(harness.hostPid));
    expect(harness.whyNotFork.at(-1)).to.equal(null);
  });

  it('are a fresh interpreter where the host has more than one thread', async () => {
    const site = join(harness.folder, 'site');
    mkdirSync(site);
    const thread =
      'import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n';
    writeFileSync(join(site, 'sitecustomize.py'), thread);
    const threaded = await openHarness({ env: { ...CLEAN_ENV, PYTHONPATH: site } });
    try {
      const seen = await threaded.look(threaded.run('looks'));
      expect(seen.main).to.equal('spider_main.py');
      expect(threaded.whyNotFork).to.deep.equal(['the spider host has 2 threads']);
    } finally {
      await threaded.close();
    }
  });
});

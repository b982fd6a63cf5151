import { expect } from 'chai';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runBounded } from '../../src/projects/bounded-process.ts';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import type { Environment } from '../../src/projects/environment.ts';
import { inspectProject, type InspectOptions, type ProjectInfo } from '../../src/projects/inspect.ts';
import { ENVIRONMENT_TIMEOUT_MS, sharedEnvironment } from '../support/environment.ts';
import { refusalOf } from '../support/refusal.ts';

const CONFIG = '[settings]\ndefault = quotes.settings\n[deploy]\nproject = quotes\n';
const SPIDER = `
import scrapy
class Toscrape(scrapy.Spider):
    name = "toscrape"
class Another(scrapy.Spider):
    name = "another"
`;
const PROJECT = {
  'scrapy.cfg': CONFIG,
  'quotes/__init__.py': '',
  'quotes/settings.py': 'SPIDER_MODULES = ["quotes.spiders"]\n',
  'quotes/spiders/__init__.py': '',
  'quotes/spiders/spider.py': SPIDER,
};

describe('inspectProject', function () {
  this.timeout(60_000);
  let environment: Environment;
  let folder: string;

  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    environment = await sharedEnvironment();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbweaver-project-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Inspects the quotes project with some files changed or added. */
  async function inspect(changes: Record<string, string> = {}, timeoutMs?: number): Promise<ProjectInfo> {
    return inspectFiles({ ...PROJECT, ...changes }, { ...(timeoutMs && { timeoutMs }) });
  }

  async function inspectFiles(
    files: Record<string, string>,
    options: Pick<InspectOptions, 'timeoutMs' | 'name' | 'variables'> = {},
  ): Promise<ProjectInfo> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, 'latin1');
    }
    const env = cleanEnvironment(process.env, []);
    return inspectProject({ python: environment.python, folder, env, ...options });
  }

  const refused = (changes: Record<string, string>, timeoutMs?: number): Promise<string> =>
    refusalOf(inspect(changes, timeoutMs), 'invalid');

  it('tells the name, the settings module and the sorted spiders', async () => {
    expect(await inspect()).to.deep.equal({
      name: 'quotes',
      folder: '',
      settingsModule: 'quotes.settings',
      spiders: ['another', 'toscrape'],
      fork: null,
      copy: null,
      capture: null,
      scrapyVersion: environment.scrapyVersion,
    });
  });

  it('compiles the bytecode of all of it', async () => {
    await inspect({ 'quotes/unused.py': 'x = 1\n', 'quotes/broken.py': 'x =\n' });
    const compiled = (await readdir(join(folder, 'quotes/__pycache__'))).map((name) => name.split('.')[0]);
    expect(compiled.sort()).to.deep.equal(['__init__', 'settings', 'unused']);
  });

  it("finds it in the archive's only folder, whatever a Mac added", async () => {
    const moved = Object.entries(PROJECT).map(([path, text]) => [`top/${path}`, text]);
    const rest = { '__MACOSX/top/x': '', '.git/x': '', '.DS_Store': '', 'README.md': '' };
    const info = await inspectFiles({ ...(Object.fromEntries(moved) as Record<string, string>), ...rest });
    expect(info).to.include({ folder: 'top', name: 'quotes' });
  });

  describe('given a name', () => {
    const { 'scrapy.cfg': _config, ...files } = PROJECT;
    const egg = (points: string) => ({ ...files, 'EGG-INFO/entry_points.txt': points });
    const points = '[scrapy]\nsettings = quotes.settings\n';

    it('takes the settings module that an egg names', async () => {
      expect(await inspectFiles(egg(points), { name: 'mine' })).to.deep.include({
        name: 'mine',
        folder: '',
        settingsModule: 'quotes.settings',
        spiders: ['another', 'toscrape'],
        fork: null,
      });
    });

    it('believes an egg more than its "scrapy.cfg", but for what it wants of Orbweaver', async () => {
      const config = '[settings]\ndefault = nothing.here\n[orbweaver]\nfork = no\n';
      expect(await inspectFiles({ ...egg(points), 'scrapy.cfg': config }, { name: 'mine' })).to.include({
        settingsModule: 'quotes.settings',
        fork: false,
      });
    });

    it('takes a project without one, or with another', async () => {
      for (const deploy of ['', '[deploy]\nproject = other\n']) {
        const config = `[settings]\ndefault = quotes.settings\nmine = quotes.settings\n${deploy}`;
        const info = await inspectFiles({ ...PROJECT, 'scrapy.cfg': config }, { name: 'mine' });
        expect(info).to.include({ name: 'mine', settingsModule: 'quotes.settings' });
      }
    });

    for (const [what, text] of [
      ['no entry point of Scrapy', '[console_scripts]\nx = y:z\n'],
      ['nothing in it', ''],
      ['something that cannot be read', '[scrapy\nsettings\n=\n'],
    ] as const) {
      it(`refuses an egg that has ${what}`, async () => {
        const refusal = await refusalOf(inspectFiles(egg(text), { name: 'mine' }), 'invalid');
        expect(refusal).to.match(/does not say where its settings are|"entry_points.txt" is broken/);
      });
    }
  });

  it('given a name, refuses an egg without entry points', async () => {
    const { 'scrapy.cfg': _config, ...files } = PROJECT;
    const egg = { ...files, 'EGG-INFO/PKG-INFO': '' };
    expect(await refusalOf(inspectFiles(egg, { name: 'mine' }), 'invalid')).to.contain(
      'does not say where its settings are',
    );
  });

  it('takes the settings module named like the project, else the default', async () => {
    const config = CONFIG.replace('[deploy]', 'quotes = quotes.other\n[deploy]');
    const other = 'SPIDER_MODULES = []\n';
    expect(await inspect({ 'scrapy.cfg': config, 'quotes/other.py': other })).to.include({
      settingsModule: 'quotes.other',
    });
  });

  it('reads what the project wants of Orbweaver', async () => {
    const config = `${CONFIG}[orbweaver]\nfork = no\ncopy = Yes\n`;
    expect(await inspect({ 'scrapy.cfg': config })).to.include({ fork: false, copy: true, capture: null });
  });

  it('allows a project without spiders', async () => {
    expect((await inspect({ 'quotes/spiders/spider.py': '' })).spiders).to.deep.equal([]);
  });

  it('warns only where the project asks Scrapy to', async () => {
    const broken = { 'quotes/spiders/broken.py': 'import no_such_module\n' };
    expect(await refused(broken)).to.contain("No module named 'no_such_module'");
    const settings = `${PROJECT['quotes/settings.py']}SPIDER_LOADER_WARN_ONLY = True\n`;
    expect(await inspect({ ...broken, 'quotes/settings.py': settings })).to.include({ name: 'quotes' });
  });

  it('is not misled by what the project prints, wherever', async () => {
    const noise =
      'import os\nfor fd in range(1, 10):\n  try: os.write(fd, b"{}\\n" * 100000)\n  except OSError: pass\n';
    expect(await inspect({ 'quotes/settings.py': noise + PROJECT['quotes/settings.py'] })).to.include({
      name: 'quotes',
    });
  });

  it('gives the project only the environment that it is given', async () => {
    const spy = `import os\nopen("seen", "w").write(" ".join(os.environ))\n`;
    await inspect({ 'quotes/settings.py': spy + PROJECT['quotes/settings.py'] });
    const seen = await readFile(join(folder, 'seen'), 'utf8');
    const given = Object.keys(cleanEnvironment(process.env, []));
    // Python adds LC_CTYPE by itself where the locale is C.
    const names = seen.split(' ').filter((name) => !name.startsWith('SCRAPY_') && name !== 'LC_CTYPE');
    expect(names.sort()).to.deep.equal(given.filter((name) => name !== 'LC_CTYPE').sort());
  });

  it('ends when the project leaves threads, children and exit handlers behind', async () => {
    const clinging = `
import atexit, os, threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
atexit.register(time.sleep, 600)
if os.fork() == 0:
    time.sleep(600)
`;
    expect(await inspect({ 'quotes/settings.py': clinging + PROJECT['quotes/settings.py'] })).to.include({
      name: 'quotes',
    });
  });

  describe('refuses', () => {
    const cases: [what: string, changes: Record<string, string>, sentence: RegExp][] = [
      [
        'a line that is nothing',
        { 'scrapy.cfg': `${CONFIG}nonsense\n` },
        /is broken: line 5, "nonsense", is neither/,
      ],
      ['text before a section', { 'scrapy.cfg': 'a = 1\n' }, /is broken: line 1, "a = 1", comes before any/],
      [
        'a section twice',
        { 'scrapy.cfg': `${CONFIG}[deploy]\n` },
        /is broken: line 5 repeats the section "deploy"/,
      ],
      [
        'an option twice',
        { 'scrapy.cfg': `${CONFIG}project = b\n` },
        /is broken: line 5 repeats the option "project"/,
      ],
      [
        'a lone %',
        { 'scrapy.cfg': CONFIG.replace('= quotes\n', '= 5%\n') },
        /"project" in "\[deploy\]" has a "%"/,
      ],
      ['other than UTF-8', { 'scrapy.cfg': '# \xff\n' }, /is not valid UTF-8/],
      [
        'no project',
        { 'scrapy.cfg': '[settings]\ndefault = quotes.settings\n' },
        /no option "project" in a section/,
      ],
      [
        'only [deploy:NAME]',
        { 'scrapy.cfg': CONFIG.replace('deploy', 'deploy:a') },
        /"\[deploy:a\]" are not read/,
      ],
      [
        'a name with a slash',
        { 'scrapy.cfg': CONFIG.replace('= quotes\n', '= a/b\n') },
        /"a\/b" in "scrapy\.cfg" cannot/,
      ],
      [
        'the name ..',
        { 'scrapy.cfg': CONFIG.replace('= quotes\n', '= ..\n') },
        /"\.\." in "scrapy\.cfg" cannot be/,
      ],
      [
        'an empty name',
        { 'scrapy.cfg': CONFIG.replace('= quotes\n', '=\n') },
        /"" in "scrapy\.cfg" cannot be/,
      ],
      [
        'a long name',
        { 'scrapy.cfg': CONFIG.replace('= quotes\n', `= ${'x'.repeat(101)}\n`) },
        /more than 100/,
      ],
      [
        'no settings',
        { 'scrapy.cfg': '[deploy]\nproject = quotes\n' },
        /no option "default" in a section "\[settings\]"/,
      ],
      ['an unknown wish', { 'scrapy.cfg': `${CONFIG}[orbweaver]\nspeed = yes\n` }, /unknown option "speed"/],
      [
        'an unclear wish',
        { 'scrapy.cfg': `${CONFIG}[orbweaver]\nfork = perhaps\n` },
        /"fork".* is "perhaps"; say yes/,
      ],
      [
        'a settings module that is missing',
        { 'scrapy.cfg': CONFIG.replace('quotes.settings', 'absent.settings') },
        /^The project's settings module "absent\.settings" cannot be imported: ModuleNotFoundError\.\n[^]*No module named 'absent'$/,
      ],
      [
        'spiders that raise, with the end of the traceback',
        { 'quotes/spiders/spider.py': `x = 1\nraise ValueError("${'long '.repeat(2000)}boom")\n` },
        /^The project's spiders cannot be loaded: ValueError\.\n[^]{1900,2000}long boom$/,
      ],
      ['a syntax error', { 'quotes/spiders/spider.py': 'def\n' }, /spider\.py", line 1\n[^]*SyntaxError/],
      [
        'sys.exit',
        { 'quotes/settings.py': 'import sys; sys.exit(0)' },
        /cannot be imported: it calls sys\.exit\./,
      ],
      [
        'os._exit',
        { 'quotes/settings.py': 'import os, sys; print("bye", file=sys.stderr, flush=True); os._exit(7)' },
        /ended Python with code "7" while it was imported\.\nbye$/,
      ],
      ['a crash', { 'quotes/settings.py': 'import os; os.abort()' }, /ended Python by signal "SIGABRT"/],
      [
        'a spider whose name is no text',
        { 'quotes/spiders/spider.py': SPIDER.replace('"another"', '5') },
        /a spider whose name is "5"; it must be a text/,
      ],
      [
        'a spider whose name cannot be shown',
        { 'quotes/spiders/spider.py': SPIDER.replace('another', 'a\\nb') },
        /a spider with the name "a\\nb"/,
      ],
    ];
    for (const [what, changes, sentence] of cases) {
      it(what, async () => {
        expect(await refused(changes)).to.match(sentence);
      });
    }

    it('what fails with a secret, which is masked before the text is cut', async () => {
      const secret = `${'hunter2 '.repeat(400)}end`;
      const variables = [{ name: 'S', value: secret, spider: null, secret: true }];
      const settings = (last: string) => ({
        ...PROJECT,
        'quotes/settings.py': `import os, sys\nsecret = ${JSON.stringify(secret)}\n${last}\n`,
      });
      const raises = inspectFiles(settings('raise ValueError(secret)'), { variables });
      expect(await refusalOf(raises, 'invalid')).to.match(/\nValueError: \*{8}$/);
      const dies = inspectFiles(settings('print("bye", secret, file=sys.stderr, flush=True); os._exit(7)'), {
        variables,
      });
      expect(await refusalOf(dies, 'invalid')).to.match(/was imported\.\nbye \*{8}$/);
    });

    it('an archive without scrapy.cfg', async () => {
      const nowhere = 'The archive has no "scrapy.cfg"';
      expect(await refusalOf(inspectFiles({ 'top/x': '' }), 'invalid')).to.equal(
        `${nowhere}, neither at its root nor in its folder "top".`,
      );
      expect(await refusalOf(inspectFiles({ 'second/scrapy.cfg': CONFIG }), 'invalid')).to.equal(
        `${nowhere} at its root, and "2" folders there instead of one.`,
      );
    });

    it('a project that hangs, and kills what it started', async () => {
      const hang = 'import subprocess\nsubprocess.run(["sleep", "600"])\n';
      expect(await refused({ 'quotes/settings.py': hang }, 2000)).to.equal(
        'The project could not be imported within "2" seconds.',
      );
    });
  });

  it('ends by itself when nobody is left to kill it', async () => {
    await refused({ 'quotes/settings.py': 'import time\ntime.sleep(600)\n' }, 1);
    const { signal } = await runBounded({
      command: environment.python,
      args: ['-I', join(import.meta.dirname, '../../src/projects/python/inspect_project.py'), folder, '0'],
      env: {},
      timeoutMs: 30_000,
      keepBytes: 1000,
    });
    expect(signal).to.equal('SIGALRM');
  });

  it('says when the environment does not work', async () => {
    const options = { folder, env: {}, python: '/no/such/python' };
    expect(await refusalOf(inspectProject(options), 'unavailable')).to.contain('"/no/such/python"');
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import type { Environment } from '../../src/projects/environment.ts';
import { readProjectFacts } from '../../src/projects/project-facts.ts';
import { ENVIRONMENT_TIMEOUT_MS, sharedEnvironment } from '../support/environment.ts';
import { refusalOf } from '../support/refusal.ts';

describe('readProjectFacts', () => {
  const env = cleanEnvironment(process.env, []);
  const config = '[deploy]\nproject = quotes\n';
  let environment: Environment;
  let folder = '';
  before(async function () {
    this.timeout(ENVIRONMENT_TIMEOUT_MS);
    environment = await sharedEnvironment();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-project-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (files: Record<string, string>) => {
    rmSync(folder, { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  };
  const read = (files: Record<string, string>, name?: string) => {
    write(files);
    const given = name === undefined ? {} : { name };
    return readProjectFacts({ python: environment.python, folder, base: 'Scrapy==2.19.0', env, ...given });
  };
  /** What counts where a file of requirements came beside the archive. */
  const wantedBeside = async (files: Record<string, string>) => {
    write(files);
    const options = { python: environment.python, folder, base: 'Scrapy==2.19.0', env, name: 'quotes' };
    return (await readProjectFacts({ ...options, requirements: 'requirements.txt' })).environment
      ?.requirements;
  };
  const wanted = async (files: Record<string, string>) =>
    (await read({ 'scrapy.cfg': config, ...files })).environment?.requirements;

  it('reads the name as the inspection does, at the root and in the only folder', async () => {
    expect(await read({ 'scrapy.cfg': '[deploy]\nProject: quotes é 🕷 ; x\n' })).to.deep.equal({
      name: 'quotes é 🕷 ; x',
      environment: null,
    });
    const inFolder = await read({ 'top/scrapy.cfg': '[deploy]\nproject = %(a)s%%\na = b\n' });
    expect(inFolder.name).to.equal('b%');
  });

  it('gives no name, and needs nothing, where the inspection will say what is wrong', async () => {
    const bad = [
      { 'notes.txt': '' },
      { 'scrapy.cfg': '[settings]\na = x\n' },
      { 'scrapy.cfg': 'project = x\n' },
    ];
    for (const files of bad) {
      expect(await read({ ...files, 'requirements.txt': 'six' })).to.deep.equal({
        name: null,
        environment: null,
      });
    }
  });

  it('is unavailable where the Python does not run', async () => {
    const options = { python: join(folder, 'python'), folder, base: '', env };
    expect(await refusalOf(readProjectFacts(options), 'unavailable')).to.match(/python", cannot be run/);
  });

  it('takes a file of requirements that came beside the archive for all that is in it', async () => {
    const files = {
      'requirements.txt': 'six==1.16.0\n-r top/more.txt',
      'top/more.txt': 'w3lib<9',
      'top/scrapy.cfg': `${config}[orbweaver]\nrequirements = own.txt\n`,
      'top/requirements.txt': 'six==1.15.0',
      'pyproject.toml': '[project]\ndependencies = ["six==1.14.0"]',
    };
    expect(await wantedBeside(files)).to.equal('scrapy==2.19.0\nsix==1.16.0\nw3lib<9\n');
    const egg = { 'EGG-INFO/entry_points.txt': '', 'requirements.txt': '# nothing' };
    expect(await wantedBeside(egg)).to.equal(undefined);
    expect(await refusalOf(wantedBeside({ ...egg, 'requirements.txt': '-r ../x.txt' }), 'invalid')).to.match(
      /\.\.\/x\.txt/,
    );
  });

  it('brings requirements into one form, with the base Scrapy unless they name it', async () => {
    const messy =
      '\ufeff# why\r\nZope.Interface [B,a] >=5,<8 ; python_version>"3"\r\nSix == 1.16.0   # that\nsix==1.16.0\n';
    const tidy = 'six==1.16.0\nzope_interface[a,b]<8,>=5; python_version > "3"';
    const text = 'scrapy==2.19.0\nsix==1.16.0\nzope-interface[a,b]<8,>=5 ; python_version > "3"\n';
    expect(await wanted({ 'requirements.txt': messy })).to.equal(text);
    expect(await wanted({ 'requirements.txt': tidy })).to.equal(text);
    expect(await wanted({ 'requirements.txt': 'SCRAPY>2' })).to.equal('scrapy>2\n');
    const branch = 'git+https://example.org/scrapy.git@main';
    expect(await wanted({ 'requirements.txt': branch })).to.equal(`${branch}\n`);
    expect(await wanted({ 'requirements.txt': 'scrapy-redis' })).to.equal('scrapy-redis\nscrapy==2.19.0\n');
    expect(await wanted({ 'requirements.txt': '# nothing\n' })).to.equal(undefined);
  });

  it('follows files, and keeps options, constraints and hashes', async () => {
    const files = {
      'scrapy.cfg': `${config}[orbweaver]\nrequirements = needs/all.txt\n`,
      'requirements.txt': 'not-this',
      'needs/all.txt': '-r more.txt\n-cbounds.txt --pre\n-i "https://example.org/simple"\n',
      'needs/more.txt': 'six==1.16.0 \\\n  --hash=sha256:bb --hash sha256:aa\nscrapy\n-r all.txt\n',
      'needs/bounds.txt': 'lxml < 6\n',
    };
    expect((await read(files)).environment).to.deep.equal({
      python: null,
      requirements:
        '--pre\n--index-url https://example.org/simple\nscrapy\nsix==1.16.0 --hash=sha256:aa --hash=sha256:bb\n',
      constraints: 'lxml<6\n',
    });
  });

  it('takes what lies beside scrapy.cfg, then at the top, requirements.txt before pyproject.toml', async () => {
    const files: Record<string, string> = {
      'top/scrapy.cfg': config,
      'top/requirements.txt': 'a',
      'requirements.txt': 'b',
      'top/pyproject.toml': '[project]\ndependencies = ["C>1"]',
      'pyproject.toml': '[project]\nname = "x"\ndependencies = ["d"]',
    };
    for (const expected of ['a', 'b', 'c>1', 'd']) {
      expect((await read(files)).environment?.requirements).to.equal(`${expected}\nscrapy==2.19.0\n`);
      Reflect.deleteProperty(files, Object.keys(files)[1]!);
    }
    expect(await wanted({ 'pyproject.toml': '[project]\nname = "x"\n[tool.poetry]\n' })).to.equal(undefined);
  });

  it('reads an egg under the name that it is given', async () => {
    const egg = { 'EGG-INFO/entry_points.txt': '[scrapy]\nsettings = x\n', 'requirements.txt': 'six' };
    expect(await read(egg, 'other')).to.deep.equal({
      name: 'other',
      environment: { python: null, requirements: 'scrapy==2.19.0\nsix\n', constraints: '' },
    });
  });

  it('tells the Python that is asked for', async () => {
    const asking = (python: string) => read({ 'scrapy.cfg': `${config}[orbweaver]\npython = ${python}\n` });
    expect((await asking('3.12')).environment).to.deep.equal({
      python: '3.12',
      requirements: null,
      constraints: '',
    });
    expect(await refusalOf(asking('python3'), 'invalid')).to.equal(
      'The option "python" in "[orbweaver]" of "scrapy.cfg" is "python3"; give two numbers, such as 3.12.',
    );
  });

  for (const [line, why] of [
    ['-e .', 'The requirement "-e ." in "requirements.txt" is installed from a folder'],
    ['./own', 'is a path'],
    ['own.whl', 'is a path'],
    ['six @ file:///tmp/six', 'is a path'],
    ['--find-links /tmp', 'is a path'],
    ['-r ../more.txt', '"requirements.txt" says "-r ../more.txt", and there is no such file in the archive.'],
    ['-r https://example.org/r.txt', 'there is no such file in the archive'],
    ['-r missing.txt', 'there is no such file in the archive'],
    ['--target x', 'is not an option that is understood here'],
    ['two words', 'The requirement "two words" in "requirements.txt" is not a requirement.'],
    ['--trusted-host "x -r /etc/passwd"', 'has a value with white space'],
    ['--trusted-host x\\ -r\\ /etc/passwd', 'has a value with white space'],
    ['--find-links "https://example.org/ --find-links /tmp"', 'has a value with white space'],
    ["--trusted-host 'x\\'", 'quotes or a backslash'],
    ['six --hash=sha256:aa', 'add Scrapy with its hashes'],
  ] as const) {
    it(`refuses the line "${line}"`, async () => {
      expect(await refusalOf(wanted({ 'requirements.txt': `${line}\n` }), 'invalid')).to.contain(why);
    });
  }

  it('refuses dependencies of several lines, whose second the installer would read as an option', async () => {
    for (const line of [
      'https://example.org/six.zip\\n-r /etc/passwd',
      'six @ https://example.org/six.zip\\n-r/etc/passwd',
      'six --hash=sha256:aa\\n-r /etc/passwd',
    ]) {
      const files = { 'pyproject.toml': `[project]\ndependencies = ["scrapy", "${line}"]\n` };
      expect(await refusalOf(wanted(files), 'invalid')).to.contain('has more than one line');
    }
  });

  it('ends a comment with its line, and reads long white space at once', async () => {
    const text = `six # not 1.15 \\\nattrs \\\n  >1\na${' '.repeat(200_000)}# b`;
    expect(await wanted({ 'requirements.txt': text })).to.equal('a\nattrs>1\nscrapy==2.19.0\nsix\n');
  });

  it('refuses a named file that is missing or outside, and broken or huge ones', async () => {
    const naming = (file: string) => ({ 'scrapy.cfg': `${config}[orbweaver]\nrequirements = ${file}\n` });
    for (const file of ['gone.txt', '/etc/passwd', '../../etc/passwd', '.', 'x'.repeat(5000)]) {
      const sentence = await refusalOf(wanted(naming(file)), 'invalid');
      expect(sentence).to.match(
        /^The option "requirements" names ".*, and there is no such file in the archive/,
      );
    }
    const broken = { 'pyproject.toml': '[project\n' };
    expect(await refusalOf(wanted(broken), 'invalid')).to.match(/"pyproject.toml" is broken: /);
    const notTexts = { 'pyproject.toml': '[project]\ndependencies = "six"\n' };
    expect(await refusalOf(wanted(notTexts), 'invalid')).to.match(/must be a list of texts/);
    const huge = { 'requirements.txt': '#'.repeat(300_000) };
    expect(await refusalOf(wanted(huge), 'invalid')).to.match(/larger than 262144 bytes/);
  });
});

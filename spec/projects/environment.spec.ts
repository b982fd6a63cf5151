import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm, stat, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { ensureEnvironment, type Environment, type EnsureOptions } from '../../src/projects/environment.ts';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import { findPython } from '../../src/projects/find-python.ts';
import { ENVIRONMENT_TIMEOUT_MS, ENVIRONMENTS_FOLDER, sharedEnvironment } from '../support/environment.ts';
import { outputOf } from '../support/output-of.ts';
import { packagesFolder, uvFolder } from '../support/packages.ts';
import { PEER_TIMEOUT_MS } from '../support/peer-environment.ts';
import { refusalOf } from '../support/refusal.ts';

const SCRIPT = join(import.meta.dirname, '../../src/projects/python/make_environment.py');

describe('ensureEnvironment', function () {
  this.timeout(60_000);
  let environmentsFolder: string;

  beforeEach(async () => {
    environmentsFolder = await mkdtemp(join(tmpdir(), 'orbweaver-environments-'));
  });

  afterEach(() => rm(environmentsFolder, { recursive: true, force: true }));

  /** An environment without any requirement, which takes half a second and no network. */
  function ensureEmpty(options: Partial<EnsureOptions> = {}): Promise<Environment> {
    return ensureEnvironment({
      environmentsFolder,
      onProgress: () => undefined,
      needs: needing(''),
      ...options,
    });
  }

  const withoutUv = (): string =>
    (process.env.PATH ?? '')
      .split(':')
      .filter((each) => !existsSync(join(each, 'uv')))
      .join(':');
  const needing = (requirements: string) => ({ python: null, requirements, constraints: '' });

  const foldersOf = async (): Promise<string[]> =>
    (await readdir(environmentsFolder)).filter((name) => !name.endsWith('.lock'));

  describe('the base', () => {
    let base: Environment;

    before(async function () {
      this.timeout(ENVIRONMENT_TIMEOUT_MS);
      base = await sharedEnvironment();
    });

    it('has the pinned Scrapy, and pip, for its own Python', async () => {
      expect(base.folder).to.match(/\/base-py3\.\d+-[0-9a-f]{12}$/);
      expect((await outputOf(base.python, ['-m', 'scrapy', 'version'])).trim()).to.equal(
        `Scrapy ${base.scrapyVersion ?? ''}`,
      );
      expect(await outputOf(base.python, ['--version'])).to.equal(`Python ${base.pythonVersion}\n`);
      expect(await outputOf(base.python, ['-m', 'pip', '--version'])).to.contain(base.folder);
    });

    it('is byte-compiled, and has no command that names a folder which is gone', async () => {
      const files = await readdir(join(base.folder, 'lib'), { recursive: true });
      expect(files.some((path) => /scrapy\/__pycache__\/crawler\.cpython-\d+\.pyc$/.test(path))).to.be.true;
      expect((await readdir(join(base.folder, 'bin'))).every((name) => name.startsWith('python'))).to.be.true;
    });

    it('is found again at once, without any Python', async () => {
      const lines: string[] = [];
      const started = performance.now();
      const again = await ensureEnvironment({
        environmentsFolder: ENVIRONMENTS_FOLDER,
        onProgress: (line) => lines.push(line),
        env: { PATH: '/nowhere' },
      });
      expect(again).to.deep.equal(base);
      expect(lines).to.deep.equal([]);
      // It reads a few small files; running a Python takes several times as long.
      expect(performance.now() - started).to.be.below(500);
    });
  });

  it('makes it once for all who ask at the same time, and leaves nothing else', async () => {
    const lines: string[] = [];
    const onProgress = (line: string): void => {
      lines.push(line);
    };
    const made = await Promise.all([1, 2, 3].map(() => ensureEmpty({ onProgress })));
    expect(made[1]).to.deep.equal(made[0]);
    expect(made[2]).to.deep.equal(made[0]);
    expect(lines.filter((line) => line.startsWith('Making'))).to.have.length(1);
    expect(await foldersOf()).to.have.length(1);
    expect(made[0]?.scrapyVersion).to.be.null;
    expect(await outputOf(made[0]!.python, ['-c', 'print(1)'])).to.equal('1\n');
  });

  it('makes another for other requirements, with variables of pip but none of Python', async () => {
    const one = await ensureEmpty({
      env: { ...process.env, PYTHONHOME: '/nowhere', PYTHONPATH: '/nowhere' },
    });
    const other = await ensureEmpty({ needs: needing('# none\n') });
    expect(other.folder).not.to.equal(one.folder);
    // Its addresses may have passwords.
    expect((await stat(join(other.folder, 'requirements.txt'))).mode & 0o777).to.equal(0o600);
    const refused = ensureEmpty({
      needs: needing('no-such'),
      env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: '' },
    });
    expect(await refusalOf(refused, 'invalid')).to.match(
      /^The Python environment could not be made: The requirements could not be installed: .*no-such/,
    );
    expect((await foldersOf()).sort()).to.deep.equal(
      [one, other].map(({ folder }) => folder.split('/').at(-1)!).sort(),
    );
  });

  it('holds the same, installed by pip or by uv', async function () {
    this.timeout(PEER_TIMEOUT_MS);
    const [uv, wheels] = [await uvFolder(), await packagesFolder(await sharedEnvironment())];
    const made = await Promise.all(
      ['/nowhere', uv].map(async (path, index) => {
        const lines: string[] = [];
        const { folder } = await ensureEnvironment({
          environmentsFolder: join(environmentsFolder, String(index)),
          needs: needing('six==1.16.0\n'),
          onProgress: (line) => lines.push(line),
          // What pip is configured with holds for uv too.
          env: {
            ...process.env,
            PATH: `${path}:${withoutUv()}`,
            PIP_CONFIG_FILE: '/dev/null',
            PIP_FIND_LINKS: wheels,
            PIP_NO_INDEX: '1',
          },
        });
        const files = await readdir(join(folder, 'lib'), { recursive: true });
        return {
          files: files.filter((file) => /\.pyc?$/.test(file) && !/\/tests?\//.test(file)).sort(),
          byUv: lines.join('\n').includes('uv'),
        };
      }),
    );
    expect(made.map(({ byUv }) => byUv)).to.deep.equal([false, true]);
    expect(made[1]?.files).to.deep.equal(made[0]?.files);
  });

  it('is unavailable within seconds, by pip too, while the index does not answer', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const refused = ensureEmpty({
      needs: needing('six'),
      source: { index: `http://127.0.0.1:${port}/simple`, wheels: null },
      env: { ...process.env, PATH: withoutUv(), PIP_CONFIG_FILE: '/dev/null', PIP_DEFAULT_TIMEOUT: '1' },
    });
    expect(await refusalOf(refused, 'unavailable')).to.match(
      /: The package index cannot be reached: .*\/simple\/six/,
    );
    silent.close();
  });

  it('tells no token that stands in an address where others have a name', async () => {
    const lines: string[] = [];
    const refused = ensureEmpty({
      needs: needing('six @ git+http://hunter2@127.0.0.1:1/six.git\n'),
      onProgress: (line) => lines.push(line),
      env: { ...process.env, PATH: withoutUv(), PIP_CONFIG_FILE: '/dev/null' },
    });
    const sentence = await refused.then(String, String);
    expect(lines.join('\n')).to.contain('127.0.0.1:1/six.git');
    expect(`${sentence}\n${lines.join('\n')}`).to.not.contain('hunter2');
  });

  it('makes it anew when the Python behind it is gone', async () => {
    const { python, folder } = await ensureEmpty();
    const link = join(folder, 'bin', 'python');
    await unlink(link);
    await symlink('/no/such/python', link);
    expect(await ensureEmpty()).to.have.property('python', python);
    expect(await outputOf(python, ['-c', 'print(1)'])).to.equal('1\n');
    expect(await foldersOf()).to.have.length(1);
  });

  it('removes what a killed builder left', async () => {
    const { executable } = await findPython(undefined, cleanEnvironment(process.env, []));
    const target = join(environmentsFolder, 'own-py3-killed');
    const builder = spawn(executable, ['-I', SCRIPT, target, '{}'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // Its first line comes when the temporary folder is there.
    await once(createInterface(builder.stdout), 'line');
    process.kill(-builder.pid!, 'SIGKILL');
    await once(builder, 'exit');
    expect(await foldersOf()).to.have.length(1);
    expect(existsSync(target)).to.be.false;
    const { folder } = await ensureEmpty();
    expect(await foldersOf()).to.deep.equal([folder.split('/').at(-1)]);
  });

  it('leaves alone what a living builder is making', async () => {
    const { executable } = await findPython(undefined, cleanEnvironment(process.env, []));
    const target = join(environmentsFolder, 'own-py3-living');
    const builder = spawn(executable, ['-I', SCRIPT, target, '{}'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(builder, 'exit');
    await once(createInterface(builder.stdout), 'line');
    builder.kill('SIGSTOP');
    await ensureEmpty();
    builder.kill('SIGCONT');
    expect(await ended).to.deep.equal([0, null]);
    expect((await lstat(join(target, 'bin', 'python'))).isSymbolicLink()).to.be.true;
  });

  it('is unavailable where no folder can be made', async () => {
    const refused = ensureEmpty({ environmentsFolder: '/proc/nothing' });
    expect(await refusalOf(refused, 'unavailable')).to.match(/could not be made: .*proc/);
  });
});

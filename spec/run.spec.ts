import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '..');

/** Stands in for npm: `npm ci` makes node_modules, taking as long and failing as the file `npm-does` says. */
const NPM = `#!${process.execPath}
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const root = process.env.ROOT;
appendFileSync(root + '/npm-calls', process.argv.slice(2).join(' ') + '\\n');
const does = JSON.parse(readFileSync(root + '/npm-does', 'utf8'));
await sleep(does.ms ?? 0);
if (does.log !== undefined) {
  const logs = process.argv.find((arg) => arg.startsWith('--logs-dir=')).slice(11);
  mkdirSync(logs, { recursive: true });
  writeFileSync(logs + '/debug-0.log', does.log);
}
if (does.code) process.exit(does.code);
// Not with recursive: that never ends where the working folder was removed.
mkdirSync('node_modules');
mkdirSync('node_modules/found');
writeFileSync('node_modules/found/lock', readFileSync('package-lock.json'));
`;

interface End {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

describe('run.mjs', () => {
  let root: string;
  const started: ChildProcess[] = [];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'orbweaver-run-'));
    cpSync(join(ROOT, 'run.mjs'), join(root, 'run.mjs'));
    cpSync(join(ROOT, 'bundle'), join(root, 'bundle'), { recursive: true });
    for (const folder of ['src', 'bin', 'elsewhere', 'bench']) mkdirSync(join(root, folder));
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    writeFileSync(join(root, 'package-lock.json'), 'one');
    writeFileSync(join(root, 'bin', 'package.json'), '{"type":"module"}');
    writeFileSync(join(root, 'bin', 'npm'), NPM, { mode: 0o755 });
    npmDoes({});
    writeFileSync(
      join(root, 'src', 'main.ts'),
      'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)])); if (process.argv[2] === "stay") setInterval(() => {}, 1000);',
    );
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });

  const npmDoes = (what: { ms?: number; code?: number; log?: string }) => {
    writeFileSync(join(root, 'npm-does'), JSON.stringify(what));
  };
  const read = (name: string) => (existsSync(join(root, name)) ? readFileSync(join(root, name), 'utf8') : '');
  const npmCalls = () => read('npm-calls').split('\n').length - 1;
  const installed = () => readFileSync(join(root, 'node_modules/found/lock'), 'utf8');
  const leftovers = () => readdirSync(join(root, '.cache')).filter((name) => name.startsWith('setup'));

  const start = (args: string[], path = join(root, 'bin'), flags: string[] = []) => {
    const { npm_execpath: _, ...env } = process.env;
    const child = spawn(process.execPath, [...flags, join(root, 'run.mjs'), ...args], {
      cwd: join(root, 'elsewhere'),
      env: {
        ...env,
        ...(flags.length > 0 ? { MALLOC_ARENA_MAX: '1' } : {}),
        ...{ ROOT: root, PATH: [path, '/usr/bin', '/bin'].join(delimiter), NODE_ENV: 'production' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  };
  const endOf = async (child: ChildProcess): Promise<End> => {
    const end = { stdout: '', stderr: '' };
    child.stdout?.on('data', (chunk: Buffer) => (end.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (end.stderr += chunk.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { ...end, code, signal };
  };
  const run = (...args: string[]) => endOf(start(args));
  const until = async (holds: () => boolean) => {
    const end = Date.now() + 10_000;
    while (!holds()) {
      if (Date.now() > end) throw new Error('It never held.');
      await sleep(10);
    }
  };

  it('sets up once, then becomes the task in the folder where it was called', async () => {
    const first = await run('start', '--a', 'b c');
    expect(first).to.include({
      code: 0,
      stdout: `${JSON.stringify([join(root, 'elsewhere'), '--a', 'b c'])}\n`,
    });
    expect(first.stderr).to.contain('Installing the packages');
    expect(await run('start')).to.include({ code: 0, stderr: '' });
    expect(npmCalls()).to.equal(1);
    expect(read('npm-calls')).to.match(/^ci --include=dev --ignore-scripts /);
    expect(leftovers()).to.deep.equal([]);
  });

  it('runs the daemon without another Node where it has the flags that npm start gives', async () => {
    const [flag = ''] = /--max\S+/.exec(readFileSync(join(ROOT, 'package.json'), 'utf8')) ?? [];
    const { stderr, ...end } = await endOf(start(['start', '--a', 'b c'], undefined, [flag]));
    expect(end).to.include({
      code: 0,
      stdout: `${JSON.stringify([join(root, 'elsewhere'), '--a', 'b c'])}\n`,
    });
    expect(stderr).to.contain('Installing the packages');
    const staying = start(['start', 'stay'], undefined, [flag]);
    await once(staying.stdout, 'data');
    expect(readFileSync(`/proc/${staying.pid}/cmdline`, 'utf8')).to.contain('run.mjs');
    staying.kill('SIGTERM');
    expect(await once(staying, 'exit')).to.deep.equal([null, 'SIGTERM']);
  });

  it('installs again when the lockfile changed, or the packages are gone', async () => {
    await run('start');
    writeFileSync(join(root, 'package-lock.json'), 'two');
    expect(await run('start')).to.include({ code: 0 });
    expect([npmCalls(), installed()]).to.deep.equal([2, 'two']);
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(await run('start')).to.include({ code: 0 });
    expect(npmCalls()).to.equal(3);
  });

  it('keeps the packages that it had when new ones cannot be installed', async () => {
    await run('start');
    writeFileSync(join(root, 'package-lock.json'), 'two');
    npmDoes({ code: 1, log: '42 error code E500' });
    const end = await run('start');
    expect(end).to.include({ code: 1, stdout: '' });
    expect(end.stderr).to.contain('`npm ci` failed, see above');
    expect([installed(), leftovers()]).to.deep.equal(['one', []]);
  });

  it('says so when there is no network', async () => {
    npmDoes({ code: 1, log: '42 error code EAI_AGAIN' });
    expect((await run('start')).stderr).to.contain('the npm registry cannot be reached');
  });

  it('says so when there is no npm', async () => {
    const end = await endOf(start(['start'], join(root, 'elsewhere')));
    // A machine may have an npm in /usr/bin.
    const hasNpm = spawnSync('npm', ['--version'], { env: { PATH: '/usr/bin:/bin' } }).error === undefined;
    expect(end.code).to.equal(1);
    expect(end.stderr).to.contain(hasNpm ? 'The packages could not be installed' : 'npm was not found');
  });

  it('repairs what one that was killed left', async () => {
    npmDoes({ ms: 2000 });
    const killed = start(['start']);
    await until(() => npmCalls() === 1);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(leftovers()).to.include('setup.lock').and.to.have.length(2);
    npmDoes({});
    expect(await run('start')).to.include({ code: 0 });
    expect([installed(), leftovers()]).to.deep.equal(['one', []]);
  });

  it('lets a second one wait for the first', async () => {
    npmDoes({ ms: 500 });
    const [first, second] = await Promise.all([run('start', 'x'), run('start', 'y')]);
    expect([first.code, second.code, npmCalls()]).to.deep.equal([0, 0, 1]);
    expect(first.stderr + second.stderr).to.contain('Another start is setting this folder up');
  });

  it('ends with npm when it is stopped while setting up', async () => {
    npmDoes({ ms: 30_000 });
    const child = start(['start']);
    const end = endOf(child);
    await until(() => npmCalls() === 1);
    child.kill('SIGTERM');
    expect(await end).to.include({ signal: 'SIGTERM', stdout: '' });
    expect(leftovers()).to.deep.equal([]);
  });

  it('is the task: a signal to it ends the task', async () => {
    const child = start(['start', 'stay']);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([null, 'SIGTERM']);
  });

  it('lists the tasks when there is none of that name', async () => {
    const tasks = 'start, orbweaver, demo, site, bench, chaos, test, check, format, build.\n';
    expect(await run('stat')).to.include({ code: 1, stderr: `There is no task "stat": one of ${tasks}` });
    expect(await run()).to.include({ code: 1, stderr: `Say what to run: one of ${tasks}` });
    expect(npmCalls()).to.equal(0);
  });

  it('runs no other specs when there are none of that name', async () => {
    const end = await run('test', 'spec/nope');
    expect(end).to.include({ code: 1 });
    expect(end.stderr).to.match(/There is no "spec\/nope"\.\n$/);
  });
});

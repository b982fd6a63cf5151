import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '..', '..');

/** Tells what it is run from, and where its module believes to be. */
const MAIN = `import { word } from './parts/word.ts';
export const started = Promise.resolve();
const from = process.argv[1]?.endsWith('load.cjs') && !import.meta.url.endsWith('.ts') ? 'bundle' : 'sources';
console.log(JSON.stringify([from, ...process.argv.slice(2), word]));
if (process.argv[2] === 'stay') process.stdin.resume();
`;
const word = (text: string) =>
  `export const word: string = import.meta.dirname.split('/').at(-1) + ' says ${text} \u00fc';\n`;

/** Whether V8 takes what it compiled as that of the same code, as load.cjs gives it. */
const BELIEVES = `const { readFileSync } = require('node:fs');
const folder = process.argv[1];
const code = readFileSync(folder + '/main.cjs', 'latin1');
const source = '(function (exports, require, module, __filename, __dirname, ownUrl) {' + code + '\\n})';
const cachedData = readFileSync(folder + '/main.compiled');
process.stdout.write(String(!new (require('node:vm').Script)(source, { cachedData }).cachedDataRejected));
`;

describe('the bundle', () => {
  let root: string;
  let bundles: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'orbweaver-bundle-'));
    bundles = join(root, '.cache', 'bundle', 'node_modules');
    cpSync(join(ROOT, 'bundle'), join(root, 'bundle'), { recursive: true });
    mkdirSync(join(root, 'src/parts'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    write('package.json', '{"type":"module"}');
    write('package-lock.json', '{}');
    write('src/main.ts', MAIN);
    write('src/parts/word.ts', word('one'));
    write('run.mjs', RUN);
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A start as run.mjs makes it. */
  const RUN = `import { spawn } from 'node:child_process';
import { entry } from './bundle/entry.mjs';
const child = spawn(process.execPath, [...entry(), ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('exit', (code) => process.exit(code));
`;
  const write = (name: string, text: string) => {
    writeFileSync(join(root, name), text);
  };
  const start = ({ args = [] as string[], detached = false } = {}) =>
    spawn(process.execPath, [join(root, 'run.mjs'), ...args], { stdio: ['pipe', 'pipe', 'pipe'], detached });
  const endOf = async (child: ReturnType<typeof start>) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? (JSON.parse(output) as string[]) : output;
  };
  const run = (...args: string[]) => endOf(start({ args }));
  const folders = () => (existsSync(bundles) ? readdirSync(bundles) : []);
  const fileOf = (name: string) => join(bundles, folders()[0] ?? '', name);

  it('is made once, and its modules find what is beside their sources', async () => {
    expect(await run('a', 'b c')).to.deep.equal(['bundle', 'a', 'b c', 'parts says one ü']);
    const made = folders();
    expect(made).to.have.length(1);
    expect(await run()).to.deep.equal(['bundle', 'parts says one ü']);
    expect(folders()).to.deep.equal(made);
  });

  it('is made anew when a source, a package or the bundling changes, in place of the one before', async () => {
    const seen = new Set<string>();
    const look = async (text: string) => {
      expect(await run()).to.deep.equal(['bundle', `parts says ${text} ü`]);
      expect(folders()).to.have.length(1);
      seen.add(folders().join());
    };
    await look('one');
    write('src/parts/word.ts', word('three'));
    await look('three');
    // As long as before.
    write('src/parts/word.ts', word('seven'));
    await look('seven');
    write('package-lock.json', '{ }');
    await look('seven');
    utimesSync(join(root, 'bundle/load.cjs'), 1, 1);
    await look('seven');
    expect(seen.size).to.equal(5);
  });

  it('is made well by two starts at once', async () => {
    const ends = await Promise.all([run(), run(), run()]);
    expect(ends).to.deep.equal(Array(3).fill(['bundle', 'parts says one ü']));
    expect(folders()).to.have.length(1);
  });

  it('is nothing that a killed start left, and the next takes that away', async () => {
    const killed = start({ detached: true });
    await new Promise<void>((resolve) => {
      mkdirSync(bundles, { recursive: true });
      const watcher = watch(bundles, () => {
        watcher.close();
        resolve();
      });
    });
    process.kill(-(killed.pid ?? 0), 'SIGKILL');
    await once(killed, 'close');
    mkdirSync(join(bundles, 'new-1'));
    write('.cache/bundle/node_modules/new-1/main.cjs', 'throw new Error("half a bun');
    expect(await run()).to.deep.equal(['bundle', 'parts says one ü']);
    expect(folders()).to.not.include('new-1');
  });

  it('keeps what V8 compiled once a daemon runs, and does without where that is damaged', async () => {
    await run();
    expect(existsSync(fileOf('main.compiled'))).to.equal(false);
    const first = start({ args: ['stay'] });
    const kept = new Promise<void>((resolve) => {
      const watcher = watch(fileOf(''), (_, name) => {
        if (name !== 'main.compiled') return;
        watcher.close();
        resolve();
      });
    });
    await kept;
    first.stdin.end();
    await once(first, 'close');
    expect(await run('again')).to.deep.equal(['bundle', 'again', 'parts says one ü']);
    // In a process of its own, since V8 takes nothing that was compiled with other flags.
    expect(execFileSync(process.execPath, ['-e', BELIEVES, fileOf('')], { encoding: 'utf8' })).to.equal(
      'true',
    );
    for (const size of [1000, 10, 0]) {
      truncateSync(fileOf('main.compiled'), size);
      expect(await run()).to.deep.equal(['bundle', 'parts says one ü']);
    }
  });

  it('is made anew after a start that found it damaged, and ran the sources', async () => {
    for (const damage of [
      (path: string) => {
        truncateSync(path, 100);
      },
      rmSync,
    ]) {
      expect(await run('a')).to.deep.equal(['bundle', 'a', 'parts says one ü']);
      damage(fileOf('main.cjs'));
      expect(await run('a')).to.deep.equal(['sources', 'a', 'parts says one ü']);
    }
  });

  it('is done without where none can be made', async () => {
    rmSync(join(root, 'node_modules'));
    expect(await run('a')).to.deep.equal(['sources', 'a', 'parts says one ü']);
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    rmSync(join(root, '.cache'), { recursive: true, force: true });
    write('.cache', 'where a folder cannot be');
    expect(await run('a')).to.deep.equal(['sources', 'a', 'parts says one ü']);
    rmSync(join(root, '.cache'));
    write('src/main.ts', 'const half = ;');
    expect(await run()).to.contain('SyntaxError');
  });
});

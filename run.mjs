// Every npm script is `exec node run.mjs TASK`. This file sets up what is missing (packages, a newer Node) and
// becomes the task. Plain JavaScript without dependencies for Node 18 and newer: it runs before `npm ci` did.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { entry } from './bundle/entry.mjs';
import { putInPlace } from './bundle/put-in-place.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const cache = join(root, '.cache');
const modules = join(root, 'node_modules');

/** node:sqlite is a release candidate since 24.15, and prints no warning. */
const OLDEST_NODE = [24, 15];
const FETCHED_NODE = '24.21.0';
/** npm packages that hold nothing but Node, by platform, with the integrity of their archives. */
const NODE_PACKAGES = {
  'linux-x64':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'linux-arm64':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};
const ASSETS = /\.(py|sql|txt)$/;

const mocha = join(modules, 'mocha/bin/mocha.js');
const prettier = join(modules, 'prettier/bin/prettier.cjs');
const tsc = join(modules, 'typescript/bin/tsc');

/**
 * Each task: its working folder where it is not the caller's, variables that nobody has set yet, Node's flags, and either one
 * program or several steps. A program may run here, which saves the start of another Node, 40 ms.
 */
const TASKS = {
  // V8's young generation is enough with so many MiB; left alone, it grows to 16 while the modules load and stays so. The C
  // library keeps what it has freed in one place rather than in one for each thread. Together a third of the idle daemon.
  // package.json gives them as well.
  start: {
    env: { MALLOC_ARENA_MAX: '1' },
    flags: ['--max-semi-space-size=2'],
    program: (args, node) => [...entry(node), ...args],
    here: true,
  },
  orbweaver: { program: (args, node) => [...entry(node), ...args], here: true },
  demo: { program: (args) => [join(root, 'examples/demo.ts'), ...args] },
  site: { program: (args) => [join(root, 'examples/serve-site.ts'), ...args] },
  bench: { cwd: root, program: (args) => [join(root, 'bench/main.ts'), ...args] },
  chaos: { cwd: root, program: (args) => [join(root, 'spec/chaos/main.ts'), ...args] },
  test: { cwd: root, program: (args) => [mocha, ...specs(args)] },
  check: {
    cwd: root,
    steps: {
      format: [prettier, '--check', '--log-level', 'warn', '.'],
      lint: [join(modules, 'eslint/bin/eslint.js'), '--max-warnings', '0', '.'],
      types: [tsc, '--noEmit'],
      boundaries: [join(root, '.ci/boundaries.mjs')],
    },
  },
  format: { cwd: root, program: (args) => [prettier, '--write', ...(args.length > 0 ? args : ['.'])] },
  build: { cwd: root, steps: { compile: [tsc, '-p', 'tsconfig.build.json'] }, after: copyAssets },
};

/** A fault to tell the person at the terminal, without a stack trace. */
class SetupError extends Error {}

/** A signal came while something was being set up. */
class Stopped extends Error {
  constructor(signal) {
    super(`Stopped by ${signal}.`);
    this.signal = signal;
  }
}

const say = (text) => process.stderr.write(`${text}\n`);

/** mocha's arguments: a folder stands for the specs in it, and without a file all of them run. */
function specs(args) {
  const isFolder = (path) => fs.statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true;
  const missing = args.find((arg) => /^spec\/[^*]*$/.test(arg) && !fs.existsSync(join(root, arg)));
  if (missing !== undefined) throw new SetupError(`There is no "${missing}".`);
  const named = args.map((arg) => (isFolder(arg) ? `${arg.replace(/\/$/, '')}/**/*.spec.ts` : arg));
  return named.some((arg) => arg.endsWith('.spec.ts')) ? named : [...named, 'spec/**/*.spec.ts'];
}

/**
 * Waits for a child and passes on the signals that are meant for it.
 * `stoppedBy` is the signal that ended it, or that it was passed before it ended.
 */
function follow(child) {
  return new Promise((resolve, reject) => {
    let passedOn = null;
    const forwarders = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'].map((signal) => {
      const forward = () => child.kill((passedOn = signal));
      process.on(signal, forward);
      return [signal, forward];
    });
    const release = () => forwarders.forEach(([signal, forward]) => process.off(signal, forward));
    child.once('error', (error) => (release(), reject(error)));
    child.once(
      'exit',
      (code, signal) => (release(), resolve({ code, signal, stoppedBy: signal ?? passedOn })),
    );
  });
}

/** Ends this process as a child of it ended. */
function endAs({ code, signal }) {
  if (signal === null) process.exit(code);
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(1), 1000); // For a signal that does not end a process.
}

/** Whether this process is as it would be made for the task: `npm start` gives its flags and variables. */
function servesAsItIs({ here = false, flags = [], env = {} }) {
  return (
    here &&
    ownNodeServes &&
    flags.every((flag) => process.execArgv.includes(flag)) &&
    Object.keys(env).every((name) => process.env[name] !== undefined)
  );
}

function runHere([file, ...args]) {
  process.argv = [process.execPath, file, ...args];
  // For the sources, where there is no bundle.
  module.enableCompileCache?.(join(cache, 'compile'));
  // Not awaited: what goes wrong from here on is no fault of setting up.
  void import(pathToFileURL(file).href);
}

async function runProgram(node, args, options) {
  // Node 22.15 and later can become another program: killing it then is killing the task.
  if (process.execve !== undefined) {
    process.chdir(options.cwd);
    process.execve(node, [node, ...args], options.env);
  }
  // An older one has to stay as its parent. Should it be killed outright, the task ends itself.
  const watch = `const timer = process.ppid === ${process.pid} && setInterval(() => {
    if (process.ppid === ${process.pid}) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 500).unref();`;
  const watchUrl = `data:text/javascript,${encodeURIComponent(watch)}`;
  endAs(await follow(spawn(node, ['--import', watchUrl, ...args], { ...options, stdio: 'inherit' })));
}

async function runSteps(node, { steps, after }, options) {
  const failed = [];
  for (const [name, args] of Object.entries(steps)) {
    say(`== ${name}`);
    const end = await follow(spawn(node, args, { ...options, stdio: 'inherit' }));
    if (end.stoppedBy !== null) return endAs({ signal: end.stoppedBy });
    if (end.code !== 0) failed.push(name);
  }
  if (failed.length === 0) after?.();
  const names = Object.keys(steps);
  say(
    failed.length === 0
      ? `All is well: ${names.join(', ')}.`
      : `Failed: ${failed.join(', ')} (of ${names.join(', ')}).`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function copyAssets() {
  fs.cpSync(join(root, 'src'), join(root, 'dist'), {
    recursive: true,
    filter: (path) =>
      basename(path) !== '__pycache__' && (fs.statSync(path).isDirectory() || ASSETS.test(path)),
  });
}

// Setting up

function lockfileHash() {
  return createHash('sha256')
    .update(fs.readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** The mark is inside node_modules, so that the packages and the record of them are put in place in one step. */
function packagesAreCurrent() {
  try {
    return fs.readFileSync(join(modules, '.lock-hash'), 'utf8') === lockfileHash();
  } catch {
    return false;
  }
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

const fetchedNode = join(cache, `node-v${FETCHED_NODE}`, 'bin/node');
const ownNodeServes = isNewEnough(process.versions.node);
const isSetUp = () => packagesAreCurrent() && (ownNodeServes || fs.existsSync(fetchedNode));

/** Runs npm: the one that runs us, else the one on the PATH. It may not take our stdout, which is the task's. */
async function npm(args, cwd) {
  const own = process.env.npm_execpath;
  const command = own !== undefined && basename(own) === 'npm-cli.js' ? [process.execPath, own] : ['npm'];
  const env = { ...process.env };
  // What an outer npm says about its own project is wrong for this one.
  for (const name of ['local_prefix', 'global', 'dry_run', 'workspace']) delete env[`npm_config_${name}`];
  const logs = join(cache, 'npm-logs');
  const options = [
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    `--logs-dir=${logs}`,
  ];
  const child = spawn(command[0], [...command.slice(1), ...args, ...options], {
    cwd,
    env,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const end = await follow(child).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    throw new SetupError('npm was not found. Install Node.js 18 or newer together with npm, then try again.');
  });
  if (end.stoppedBy !== null) throw new Stopped(end.stoppedBy);
  return { ok: end.code === 0, offline: () => isNetworkFault(logs) };
}

/** Whether npm's newest log tells of a network that could not be reached. */
function isNetworkFault(logs) {
  try {
    const log = fs.readFileSync(join(logs, fs.readdirSync(logs).sort().at(-1)), 'utf8');
    return /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/.test(
      log,
    );
  } catch {
    return false;
  }
}

/** Installs into a folder of its own and swaps that in, so that one killed half-way harms nothing. */
async function installPackages(work) {
  say('Installing the packages (npm ci). This takes about half a minute, once.');
  const hash = lockfileHash();
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
    if (fs.existsSync(join(root, file))) fs.copyFileSync(join(root, file), join(work, file));
  }
  const result = await npm(['ci', '--include=dev', '--ignore-scripts'], work);
  if (!result.ok) {
    throw new SetupError(
      result.offline()
        ? 'The packages could not be installed: the npm registry cannot be reached. They are needed once; connect to the network (or tell npm of your proxy) and try again.'
        : 'The packages could not be installed: `npm ci` failed, see above.',
    );
  }
  fs.writeFileSync(join(work, 'node_modules/.lock-hash'), hash);
  if (fs.existsSync(modules)) fs.renameSync(modules, join(work, 'replaced'));
  putInPlace(join(work, 'node_modules'), modules);
}

async function fetchNode(work) {
  const platform = `${process.platform}-${process.arch}`;
  const need = `Orbweaver needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${process.versions.node}.`;
  const integrity = NODE_PACKAGES[platform];
  if (integrity === undefined) {
    throw new SetupError(
      `${need} None can be fetched for ${platform}: install one from nodejs.org, then try again.`,
    );
  }
  say(`${need} Fetching Node ${FETCHED_NODE} into .cache (50 MB), once.`);
  const name = `node-${platform}`;
  const result = await npm(['pack', `${name}@${FETCHED_NODE}`, '--silent'], work);
  if (!result.ok) {
    const why = result.offline() ? 'the npm registry cannot be reached' : '`npm pack` failed, see above';
    throw new SetupError(
      `${need} Node ${FETCHED_NODE} could not be fetched: ${why}. Try again, or install a newer Node.`,
    );
  }
  const archive = join(work, `${name}-${FETCHED_NODE}.tgz`);
  const digest = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (`sha512-${digest}` !== integrity) {
    throw new SetupError(
      `The Node that was fetched (${name}@${FETCHED_NODE}) is not the one expected: its checksum differs.`,
    );
  }
  const unpack = await follow(spawn('tar', ['-xzf', archive, '-C', work], { stdio: ['ignore', 2, 2] })).catch(
    () => ({}),
  );
  if (unpack.code !== 0)
    throw new SetupError(`${need} The one that was fetched could not be unpacked: is \`tar\` installed?`);
  const trial = spawn(join(work, 'package/bin/node'), ['--version'], { stdio: 'ignore' });
  if ((await follow(trial).catch(() => ({}))).code !== 0) {
    throw new SetupError(
      `${need} The one that was fetched does not run on this system: install a newer Node, then try again.`,
    );
  }
  putInPlace(join(work, 'package'), dirname(dirname(fetchedNode)));
}

/** Two that set up at once would only do the work twice, so this lock is a courtesy: a stale one is just taken. */
async function withLock(work) {
  const lock = join(cache, 'setup.lock');
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isStale(lock)) {
      fs.rmSync(lock, { force: true });
      continue;
    }
    if (!told) say('Another start is setting this folder up; waiting for it.');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const beat = setInterval(() => fs.utimes(lock, new Date(), new Date(), () => undefined), 2000);
  try {
    await work();
  } finally {
    clearInterval(beat);
    fs.rmSync(lock, { force: true });
  }
}

/** Its process is gone, or (another machine's or container's) it has not touched the lock for a while. */
function isStale(lock) {
  try {
    const owner = Number(fs.readFileSync(lock, 'utf8'));
    const quietMs = Date.now() - fs.statSync(lock).mtimeMs;
    return quietMs > 15_000 || (owner > 0 && !isAlive(owner));
  } catch {
    return false; // It was given back in between.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes what is left. A child of a killed setup may still write there: then a later one removes it. */
function discard(folder) {
  try {
    fs.rmSync(folder, { recursive: true, force: true });
  } catch {
    // Ignored by git, and in nobody's way.
  }
}

async function setUp() {
  fs.mkdirSync(cache, { recursive: true });
  await withLock(async () => {
    for (const name of fs.readdirSync(cache)) {
      const owner = /^setup-(\d+)-/.exec(name)?.[1];
      if (owner !== undefined && !isAlive(Number(owner))) discard(join(cache, name));
    }
    const work = fs.mkdtempSync(join(cache, `setup-${process.pid}-`));
    try {
      if (!ownNodeServes && !fs.existsSync(fetchedNode)) await fetchNode(work);
      if (!packagesAreCurrent()) await installPackages(work);
    } finally {
      discard(work);
    }
  });
}

async function main([name, ...args]) {
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (task === undefined) {
    throw new SetupError(
      `${name === undefined ? 'Say what to run' : `There is no task "${name}"`}: one of ${Object.keys(TASKS).join(', ')}.`,
    );
  }
  if (!isSetUp()) await setUp();
  const node = ownNodeServes ? process.execPath : fetchedNode;
  const env = { ...task.env, ...process.env, NODE_COMPILE_CACHE: join(cache, 'compile') };
  if (name === 'test' || name === 'chaos') {
    // Development machines export these; users' machines do not.
    delete env.PYTHONUNBUFFERED;
    delete env.PYTHONDONTWRITEBYTECODE;
  }
  const options = { cwd: task.cwd ?? process.cwd(), env };
  if (task.steps !== undefined) await runSteps(node, task, options);
  else if (servesAsItIs(task)) runHere(task.program(args, node));
  else await runProgram(node, [...(task.flags ?? []), ...task.program(args, node)], options);
}

await main(process.argv.slice(2)).catch((error) => {
  if (error instanceof Stopped) return endAs(error);
  const disk = {
    ENOSPC: 'the disk is full',
    EACCES: 'permission denied',
    EROFS: 'the file system is read-only',
  };
  const known =
    error instanceof SetupError
      ? error.message
      : disk[error.code] && `Setting up failed: ${disk[error.code]} (${error.path}).`;
  say(known ?? error.stack);
  process.exitCode = 1;
});

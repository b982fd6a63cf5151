import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toError, UserError } from '../../src/errors.ts';

/** A real product that Orbweaver is tried with. */
export interface Peer {
  /** Its folder begins with it. */
  name: string;
  /** What is installed: `scrapyd==1.6.0`. */
  requirements: readonly string[];
  /** Path of a pip constraints file, so that what is installed stays the same; without it, the newest that fits. */
  constraints?: string;
  /** Versions of Python that it works with, the best first: `3.11`. */
  pythons: readonly string[];
}

/** For `this.timeout()` of a hook that calls {@link peerEnvironment}. */
export const PEER_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

/**
 * A Python environment with a real product in it. It is made once (a minute, the network) in the user's cache, so that
 * a fresh clone finds it there.
 * @returns its folder, without symbolic links; commands are in `bin`
 * @throws UserError `unavailable` that says what is missing
 */
export async function peerEnvironment(peer: Peer): Promise<string> {
  const python = await findPython(peer);
  const hash = createHash('sha256');
  const constraints = peer.constraints === undefined ? '' : readFileSync(peer.constraints, 'utf8');
  hash.update(JSON.stringify([peer.requirements, constraints, python.version]));
  const cache = cacheFolder();
  // The link is made last: where it is, all is installed.
  const link = join(cache, `${peer.name}-${hash.digest('hex').slice(0, 12)}`);
  if (!isWhole(link)) await make(link, peer, python.command);
  return realpathSync(link);
}

/** Where environments survive a new clone. */
export function cacheFolder(): string {
  const base = process.env.ORBWEAVER_CACHE ?? process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(base, 'orbweaver');
}

/** Its Python can be gone, too. */
function isWhole(link: string): boolean {
  return existsSync(join(link, 'bin', 'python'));
}

/**
 * Makes it in a folder of its own, since an environment cannot be moved: its commands hold its path. Of two that are
 * made at once one is kept.
 */
async function make(link: string, peer: Peer, python: string): Promise<void> {
  mkdirSync(dirname(link), { recursive: true });
  const folder = mkdtempSync(`${link}.`);
  try {
    await run(python, ['-m', 'venv', folder]);
    const constraints = peer.constraints === undefined ? [] : ['-c', peer.constraints];
    const install = ['-m', 'pip', 'install', '-qq', ...constraints, ...peer.requirements];
    await run(join(folder, 'bin', 'python'), install);
    if (!isWhole(link)) rmSync(link, { force: true });
    symlinkSync(folder, link);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (isWhole(link)) return;
    throw new UserError(
      'unavailable',
      `${peer.name} could not be installed (pip install ${peer.requirements.join(' ')} with ${python}): ` +
        toError(error).message,
      { cause: error },
    );
  }
}

/** A Python that can make virtual environments; that a command exists says little. */
async function findPython({ name, pythons }: Peer): Promise<{ command: string; version: string }> {
  const pyenv = join(homedir(), '.pyenv', 'versions');
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...(existsSync(pyenv) ? readdirSync(pyenv).map((version) => join(pyenv, version, 'bin')) : []),
  ];
  for (const version of pythons) {
    for (const folder of folders) {
      const command = join(folder, `python${version}`);
      if (!existsSync(command)) continue;
      const script = 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])';
      const found = await run(command, ['-c', script]).catch(() => null);
      if (found?.stdout.trim() === version) return { command, version };
    }
  }
  throw new UserError(
    'unavailable',
    `${name} needs Python ${pythons.join(' or ')} with venv, and there is none: install one ` +
      `(apt install python${pythons[0]}-venv, or pyenv install ${pythons[0]}).`,
  );
}

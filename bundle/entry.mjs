// What is run is a bundle: src/ and its libraries in one file, which loads in a fraction of the time that their modules
// take, with less memory. This says where it is, and has it made when there is none of src/ as it is now.
// Plain JavaScript for Node 18 and newer, as run.mjs is.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** In a folder of this name Node warns of nothing that libraries do and it would rather they did not, such as url.parse. */
const bundles = join(root, '.cache', 'bundle', 'node_modules');

const BUNDLING_TIMEOUT_MS = 60_000;

/**
 * What Node is to run as the daemon: a program, and what its own arguments begin with.
 *
 * Where a bundle cannot be made (a read-only folder, a full disk, a platform without the bundler) it is the sources.
 *
 * @param {string} node the Node that makes the bundle
 * @returns {string[]}
 */
export function entry(node = process.execPath) {
  try {
    const folder = bundleFolder();
    if (!fs.existsSync(folder)) {
      spawnSync(node, [join(root, 'bundle', 'make.mjs'), folder], {
        stdio: 'ignore',
        timeout: BUNDLING_TIMEOUT_MS,
        killSignal: 'SIGKILL',
      });
    }
    if (fs.existsSync(folder)) return [join(root, 'bundle', 'load.cjs'), folder];
  } catch {
    // The sources cannot be looked at. Running them says why.
  }
  return [join(root, 'src', 'main.ts')];
}

/** The name has a hash of all that a bundle is made from, by sizes and times: a bundle is never out of date. */
function bundleFolder() {
  const found = [root, ...look('src'), ...look('bundle'), facts('package-lock.json')];
  return join(bundles, createHash('sha256').update(found.join('\n')).digest('hex').slice(0, 16));
}

/** Says of all code of a folder how large and old it is; by hand, as Node's own walk takes three times as long. */
function look(folder) {
  return fs.readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === '__pycache__' ? [] : look(name);
    return /\.[cm]?[jt]s$/.test(name) ? facts(name) : [];
  });
}

function facts(name) {
  // A copy may keep the time of the change, but none sets the other.
  const { size, mtimeMs, ctimeMs } = fs.statSync(`${root}/${name}`);
  return `${name} ${size} ${mtimeMs} ${ctimeMs}`;
}

// `node load.cjs FOLDER …` runs the bundle of that folder, with the code that V8 compiled of it at an earlier start. Node's
// own compile cache keeps only what is compiled before a module runs; this has all that a start needs.
'use strict';
const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { Script } = require('node:vm');

/** After the start, what the first requests need is compiled, too. */
const KEEP_AFTER_MS = 1000;

const [folder] = process.argv.splice(2, 1);
const bundle = join(folder, 'main.cjs');
const compiled = join(folder, 'main.compiled');

const script = read();
if (script === null) runSources();
else run(script);

function runSources() {
  try {
    // So that the next start makes it anew.
    fs.rmSync(folder, { recursive: true, force: true });
  } catch {
    // It cannot be written, and the sources serve.
  }
  void import(pathToFileURL(join(dirname(__dirname), 'src', 'main.ts')).href);
}

/** Null if it is damaged, or gone since it was found: of two starts at once the other has newer sources. */
function read() {
  try {
    const code = fs.readFileSync(bundle, 'latin1');
    if (!code.endsWith('// whole\n')) return null;
    const source = `(function (exports, require, module, __filename, __dirname, ownUrl) {${code}\n})`;
    const cachedData = fs.existsSync(compiled) ? fs.readFileSync(compiled) : undefined;
    return new Script(source, { filename: bundle, cachedData });
  } catch {
    return null;
  }
}

function run(script) {
  const main = { exports: {} };
  script.runInThisContext()(
    main.exports,
    createRequire(bundle),
    main,
    bundle,
    folder,
    pathToFileURL(bundle).href,
  );
  if (script.cachedDataRejected !== false) {
    // A command has ended by then: what it needs is not what a daemon does.
    void main.exports.started.then(() => setTimeout(() => keepCompiled(script), KEEP_AFTER_MS).unref());
  }
}

/** Written beside and renamed: V8 believes what it is given. Not by this process's number, which containers may share. */
function keepCompiled(script) {
  const work = `${compiled}-${randomUUID()}`;
  try {
    try {
      fs.writeFileSync(work, script.createCachedData(), { flag: 'wx', flush: true });
      fs.renameSync(work, compiled);
    } finally {
      fs.rmSync(work, { force: true });
    }
  } catch {
    // The next start compiles again.
  }
}

// `node make.mjs FOLDER` bundles src/ into FOLDER, and removes the bundles that were there before.
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { putInPlace } from './put-in-place.mjs';

const root = dirname(import.meta.dirname);
const folder = process.argv[2];
const bundles = dirname(folder);

/** Modules that look for files beside themselves find them where their sources are. */
const ownFolders = {
  name: 'own-folders',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await fs.promises.readFile(path, 'utf8');
      const contents = source.replaceAll('import.meta.dirname', JSON.stringify(dirname(path)));
      return { contents, loader: 'ts' };
    });
  },
};

fs.mkdirSync(bundles, { recursive: true });
// What a killed one left goes with the next bundle.
const work = fs.mkdtempSync(join(bundles, 'new-'));
// Who starts it may be another user than the one who runs it.
fs.chmodSync(work, 0o777 & ~process.umask());
try {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src', 'main.ts')],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    // CommonJS, as the code that V8 compiled of it can be kept (load.cjs), has no import.meta.
    define: { 'import.meta.url': 'ownUrl' },
    footer: { js: '// whole' },
    plugins: [ownFolders],
    // Optional for a library, and used by nobody here.
    external: ['@aws-sdk/client-s3'],
    logLevel: 'silent',
    write: false,
  });
  // On disk before it gets its name: there is no bundle of which a part is missing.
  fs.writeFileSync(join(work, 'main.cjs'), ascii(outputFiles[0].text), { flush: true });
  putInPlace(work, folder);
  for (const name of fs.readdirSync(bundles)) {
    if (name !== basename(folder)) fs.rmSync(join(bundles, name), { recursive: true, force: true });
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** V8 keeps a text in half the memory if it is Latin-1. What is left of other characters is in comments and patterns. */
function ascii(code) {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

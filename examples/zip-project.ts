// Packs a Scrapy project for a push, as `zip -r quotes.zip quotes` does.
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip archive of a project's folder, under the folder's own name, without bytecode. */
export async function zipProject(folder: string): Promise<Buffer> {
  const root = resolve(folder);
  const zip = new ZipFile();
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (path.includes('__pycache__')) continue;
    zip.addFile(path, join(basename(root), relative(root, path)));
  }
  zip.end();
  // A file that cannot be read is told by the archive, not by its stream.
  const failed = once(zip, 'error').then(([error]) => {
    throw error as Error;
  });
  return Promise.race([buffer(zip.outputStream), failed]);
}

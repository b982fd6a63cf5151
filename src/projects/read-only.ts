import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes the right to write from a folder and all in it: every run of a version sees the same files. */
export async function makeReadOnly(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await changeMode(join(entry.parentPath, entry.name), (mode) => mode & ~0o222);
  }
  await changeMode(folder, (mode) => mode & ~0o222);
}

/** Removes a folder that may be read-only; one that is not there is fine. */
export async function removeReadOnly(folder: string): Promise<void> {
  await makeFoldersWritable(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Only who may write in a folder may empty it. Root always may. */
async function makeFoldersWritable(folder: string): Promise<void> {
  try {
    await changeMode(folder, (mode) => mode | 0o200);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await makeFoldersWritable(join(folder, entry.name));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function changeMode(path: string, change: (mode: number) => number): Promise<void> {
  await chmod(path, change((await stat(path)).mode & 0o777));
}

import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { File } from 'unzipper';
import { toError, UserError } from '../errors.ts';
import { ArchiveFile } from './archive-file.ts';
import {
  checkLocalHeader,
  planExtraction,
  refusal,
  type ArchiveLimits,
  type Plan,
  type PlannedFile,
} from './archive-guards.ts';

export type { ArchiveLimits } from './archive-guards.ts';

/**
 * More would keep the disk from the daemon's commits, and take all threads that files are written by. 5,000 files take 6.7 s
 * with two and 5.4 s with four.
 */
const WRITERS = 2;

/**
 * Unpacks a zip archive, or leaves nothing behind. Files get mode 0644 (0755 where the owner may execute them),
 * folders 0755; owners, times and links are not restored.
 * @param intoFolder is made here and must not exist yet; its parent must
 * @throws UserError `invalid` for an archive that is damaged, hostile or over a limit
 * @throws UserError `storage-full`
 */
export async function extractArchive(
  archivePath: string,
  intoFolder: string,
  limits: ArchiveLimits,
): Promise<void> {
  await using archive = await ArchiveFile.open(archivePath);
  const { files, directoryOffset } = await archive.readDirectory(limits.entries);
  const plan = planExtraction(files, limits, archive.size, directoryOffset);
  await mkdir(intoFolder, { mode: 0o755 }).catch(storageFault);
  try {
    await write(plan, archive, intoFolder);
  } catch (error) {
    await rm(intoFolder, { recursive: true, force: true }).catch(() => {
      // The fault that led here is the one to tell.
    });
    storageFault(error);
  }
}

/** Throws what was thrown; a full disk as a fault to tell people. */
export function storageFault(thrown: unknown): never {
  const { code } = toError(thrown);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') throw thrown;
  throw new UserError(
    'storage-full',
    'The disk is too full to unpack the archive. Free some space and push it again.',
    { cause: thrown },
  );
}

/** Everything is on disk when it is done, since what was pushed is acknowledged. */
async function write(plan: Plan, archive: ArchiveFile, folder: string): Promise<void> {
  for (const path of plan.folders) await mkdir(join(folder, path), { mode: 0o755 });
  const files = inTurn(plan.files);
  const writers = Array.from({ length: WRITERS }, async () => {
    for (const file of files) await writeFile(file, archive, join(folder, file.path));
  });
  // All must have stopped before the folder can be removed.
  const failed = (await Promise.allSettled(writers)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  for (const path of ['', ...plan.folders]) await syncFolder(join(folder, path));
}

/** Shared by several loops: a loop that is left by a throw ends the others too. */
function* inTurn<T>(items: readonly T[]): Generator<T> {
  yield* items;
}

async function writeFile({ entry, executable }: PlannedFile, archive: ArchiveFile, path: string) {
  const header = await archive.readLocalHeader(entry.offsetToLocalFileHeader, entry.pathBuffer.length);
  checkLocalHeader(entry, header);
  await using handle = await open(path, 'wx', executable ? 0o755 : 0o644);
  if (entry.compressedSize > 0) await handle.writeFile(content(entry, archive));
  await handle.datasync();
}

/** Puts on disk which entries a folder has: those that were made in it, or renamed into it. */
export async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path);
  await handle.sync();
}

/** The unpacked bytes of an entry, as long as they are what the directory declares. */
async function* content(entry: File, archive: ArchiveFile): AsyncGenerator<Buffer> {
  let size = 0;
  let crc = 0;
  const stream = entry.stream();
  // It may emit several errors; the loop hears only the first.
  stream.on('error', () => undefined);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > entry.uncompressedSize) break;
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    throw archive.fault ?? refusal(entry, 'is damaged: it cannot be unpacked', error);
  }
  if (archive.fault !== null) throw archive.fault;
  if (size !== entry.uncompressedSize) {
    throw refusal(entry, `declares "${entry.uncompressedSize}" bytes, which is not its size`);
  }
  if (crc !== entry.crc32) throw refusal(entry, 'is damaged: its checksum (CRC) is wrong');
}

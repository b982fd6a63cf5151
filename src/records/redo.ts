import { statSync } from 'node:fs';
import { mkdir, open, rm, truncate, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { openIfThere, readAt } from './open-file.ts';
import type { KindFiles } from './record-kind.ts';

/** New ends of the files of lines and of the index: where each begins, and its bytes. */
export interface Change {
  linesAt: number;
  lines: AsyncIterable<Buffer> | Iterable<Buffer>;
  indexAt: number;
  /** Asked for when all lines were taken. */
  index: () => Buffer;
  /** Whether nothing is cut off but what is no whole line. */
  isAppend: boolean;
}

/** Where in the redo file what is, and for which places. */
interface Plan {
  linesAt: number;
  linesBytes: number;
  indexAt: number;
  indexBytes: number;
}

const MAGIC = Buffer.from('records1');
const TRAILER_BYTES = MAGIC.length + 4 * 8 + 4;
const COPY_BYTES = 256 * 1024;

/**
 * Changes the ends of the files of lines and of the index, wholly or not at all, whatever is killed when: first what
 * they become is written to a file of its own, the redo, with a checksum at its end; once that is on disk it is copied,
 * and a copy that broke off is made again by {@link finishChange}. All is on disk when this resolves.
 *
 * @throws what writing throws. Then nothing has changed; where the change is no mere append the files may be left to the
 *   next {@link finishChange}.
 */
export async function change(files: KindFiles, made: Change): Promise<void> {
  await mkdir(dirname(files.redo), { recursive: true, mode: 0o700 });
  const plan = await writeRedo(files.redo, made);
  await syncFolder(dirname(files.redo));
  try {
    await apply(plan, files);
  } catch (error) {
    if (made.isAppend) await undo(files, made);
    throw error;
  }
}

/** Makes a change that was begun and is complete in its redo; removes a redo that is not. */
export async function finishChange(files: KindFiles): Promise<void> {
  const redo = await openIfThere(files.redo);
  if (redo === null) return;
  let plan: Plan | null;
  try {
    plan = await readPlan(redo);
  } finally {
    await redo.close();
  }
  if (plan === null) await rm(files.redo, { force: true });
  else await apply(plan, files);
}

async function writeRedo(path: string, { linesAt, lines, indexAt, index }: Change): Promise<Plan> {
  const file = await open(path, 'w', 0o600);
  try {
    let [linesBytes, sum] = [0, 0];
    for await (const bytes of lines) {
      await file.writeFile(bytes);
      linesBytes += bytes.length;
      sum = crc32(bytes, sum);
    }
    const entries = index();
    const plan = { linesAt, linesBytes, indexAt, indexBytes: entries.length };
    const head = trailer(plan);
    sum = crc32(head, crc32(entries, sum));
    const check = Buffer.alloc(4);
    check.writeUInt32LE(sum);
    await file.writeFile(Buffer.concat([entries, head, check]));
    await file.datasync();
    return plan;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function trailer({ linesAt, linesBytes, indexAt, indexBytes }: Plan): Buffer {
  const numbers = Buffer.alloc(4 * 8);
  for (const [at, value] of [linesAt, linesBytes, indexAt, indexBytes].entries())
    numbers.writeBigUInt64LE(BigInt(value), at * 8);
  return Buffer.concat([MAGIC, numbers]);
}

/** The plan of a whole redo; null if its writing broke off. */
async function readPlan(redo: FileHandle): Promise<Plan | null> {
  const { size } = await redo.stat();
  if (size < TRAILER_BYTES) return null;
  const end = await readAt(redo, Buffer.alloc(TRAILER_BYTES), size - TRAILER_BYTES);
  if (!end.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const [linesAt, linesBytes, indexAt, indexBytes] = [0, 1, 2, 3].map((at) =>
    Number(end.readBigUInt64LE(MAGIC.length + at * 8)),
  ) as [number, number, number, number];
  if (linesBytes + indexBytes + TRAILER_BYTES !== size) return null;
  let sum = 0;
  for await (const bytes of piecesOf(redo, 0, size - 4)) sum = crc32(bytes, sum);
  return sum === end.readUInt32LE(TRAILER_BYTES - 4) ? { linesAt, linesBytes, indexAt, indexBytes } : null;
}

async function apply(plan: Plan, { lines, index, redo }: KindFiles): Promise<void> {
  const { linesAt, linesBytes, indexAt, indexBytes } = plan;
  const made = await open(redo);
  try {
    await replaceEnd(lines, linesAt, piecesOf(made, 0, linesBytes));
    await replaceEnd(index, indexAt, piecesOf(made, linesBytes, indexBytes));
  } finally {
    await made.close();
  }
  await rm(redo, { force: true });
  // A redo that came back after a loss of power would take away what was added since.
  for (const folder of new Set([dirname(lines), dirname(redo)])) await syncFolder(folder);
}

/** Cuts a file off and writes what comes there instead. */
async function replaceEnd(path: string, at: number, bytes: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.truncate(at);
    for await (const piece of bytes) await file.writeFile(piece);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Takes back what was appended. */
async function undo({ lines, index, redo }: KindFiles, { linesAt, indexAt }: Change): Promise<void> {
  for (const [path, at] of [
    [lines, linesAt],
    [index, indexAt],
  ] as const) {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > at) await truncate(path, at);
  }
  await rm(redo, { force: true });
}

async function* piecesOf(file: FileHandle, from: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; done += COPY_BYTES) {
    const piece = Buffer.allocUnsafe(Math.min(COPY_BYTES, length - done));
    yield await readAt(file, piece, from + done);
  }
}

/** Has the system write down which files there are. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

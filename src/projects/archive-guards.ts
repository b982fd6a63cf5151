import { isUtf8 } from 'node:buffer';
import type { File } from 'unzipper';
import { UserError } from '../errors.ts';
import type { LocalHeader } from './archive-file.ts';

/** How much an archive may hold. */
export interface ArchiveLimits {
  /** Files and folders, also folders that are only implied by a file's path. */
  entries: number;
  /** Bytes of all files together. */
  unpackedBytes: number;
  /** Unpacked bytes per byte of the archive. */
  ratio: number;
}

/** A file to be written. */
export interface PlannedFile {
  /** Relative, with `/`. */
  path: string;
  executable: boolean;
  entry: File;
}

/** What an archive is going to be on disk; folders come after the folders that they are in. */
export interface Plan {
  folders: string[];
  files: PlannedFile[];
}

const SIGNATURE = 0x02014b50;
const LOCAL_HEADER_LENGTH = 30;
const STORED = 0;
const DEFLATED = 8;
/** Plain and strong encryption, and an encrypted directory. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const PATCHED = 0x0020;
const FILE_TYPE = 0o170000;
const FOLDER = 0o040000;
const REGULAR = 0o100000;
const SYMLINK = 0o120000;
const OWNER_EXECUTES = 0o100;
const LONGEST_NAME = 255;
const LONGEST_PATH = 1024;
/** Small archives may have any ratio: a file of a few blank lines is no bomb. */
const RATIO_FLOOR = 1024 * 1024;

/**
 * Decides what an archive becomes, from its directory alone; nothing is written yet.
 * @param size of the archive in bytes
 * @param directoryOffset where its directory begins; all files' bytes lie before it
 * @throws UserError `invalid` that names the entry
 */
export function planExtraction(
  entries: readonly File[],
  limits: ArchiveLimits,
  size: number,
  directoryOffset: number,
): Plan {
  const tree = new Tree(limits.entries);
  const files: PlannedFile[] = [];
  for (const entry of entries) {
    checkKind(entry);
    const path = safePath(entry);
    if (isFolder(entry)) {
      tree.addFolder(path, entry.path);
    } else {
      checkSizes(entry, directoryOffset);
      tree.addFile(path, entry.path);
      files.push({ path, executable: (mode(entry) & OWNER_EXECUTES) !== 0, entry });
    }
  }
  checkTotal(files, limits, size);
  checkOverlaps(files);
  return { folders: tree.folders, files };
}

/** @throws UserError `invalid` when a file's own header contradicts the directory */
export function checkLocalHeader(entry: File, header: LocalHeader): void {
  if ((header.flags & ENCRYPTED) !== 0) throw refusal(entry, 'is encrypted');
  const agrees =
    header.signatureIsRight &&
    header.compressionMethod === entry.compressionMethod &&
    header.name.equals(entry.pathBuffer);
  if (!agrees) throw refusal(entry, 'is damaged: its own header contradicts the directory');
}

/** The refusal of an archive for one of its entries. */
export function refusal(entry: File, what: string, cause?: unknown): UserError {
  return new UserError('invalid', `The archive's entry ${quote(entry.path)} ${what}.`, { cause });
}

function checkKind(entry: File): void {
  if (entry.signature !== SIGNATURE) throw refusal(entry, 'is damaged: it does not begin as an entry does');
  if (entry.diskNumber !== 0) throw refusal(entry, 'is in another part of a split archive');
  if ((entry.flags & ENCRYPTED) !== 0) throw refusal(entry, 'is encrypted');
  const type = mode(entry) & FILE_TYPE;
  if (type === SYMLINK) throw refusal(entry, 'is a symbolic link; only files and folders are allowed');
  if (type !== 0 && type !== REGULAR && type !== FOLDER) {
    throw refusal(entry, 'is a device, pipe or socket; only files and folders are allowed');
  }
  if (type === FOLDER && !isFolder(entry)) throw refusal(entry, 'is a folder named like a file');
  const { compressionMethod: method } = entry;
  if ((method !== STORED && method !== DEFLATED) || (entry.flags & PATCHED) !== 0) {
    throw refusal(entry, `is compressed by method "${method}"; only 0 (stored) and 8 (deflate) are read`);
  }
  if (isFolder(entry) && entry.uncompressedSize !== 0) throw refusal(entry, 'is a folder with content');
}

/** The entry's path inside the folder; empty for the folder itself. Backslashes separate, as old Windows tools write them. */
function safePath(entry: File): string {
  if (!isUtf8(entry.pathBuffer)) throw refusal(entry, 'has a name that is not valid UTF-8');
  if (/\p{Cc}/u.test(entry.path)) throw refusal(entry, 'has a control character in its name');
  const path = entry.path.replaceAll('\\', '/');
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) throw refusal(entry, 'has an absolute name');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refusal(entry, 'leads out of its folder');
  if (parts.length === 0 && !isFolder(entry)) throw refusal(entry, 'has no name');
  if (
    Buffer.byteLength(path) > LONGEST_PATH ||
    parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME)
  ) {
    throw refusal(
      entry,
      `has a name that is too long (${LONGEST_NAME} bytes, ${LONGEST_PATH} with its folders)`,
    );
  }
  return parts.join('/');
}

function checkSizes(entry: File, directoryOffset: number): void {
  const { uncompressedSize, compressedSize, offsetToLocalFileHeader, compressionMethod } = entry;
  // A size that is missing from a zip64 field is undefined in spite of its type, one over 2^53 is inexact.
  if (![uncompressedSize, compressedSize, offsetToLocalFileHeader].every((n) => Number.isSafeInteger(n))) {
    throw refusal(entry, 'declares a size that cannot be');
  }
  if (dataEnd(entry) > directoryOffset) throw refusal(entry, 'is cut off: its bytes are not in the archive');
  const empty = compressedSize === 0 && (uncompressedSize !== 0 || entry.crc32 !== 0);
  if (empty || (compressionMethod === STORED && compressedSize !== uncompressedSize)) {
    throw refusal(entry, `declares "${uncompressedSize}" bytes, which is not its size`);
  }
}

function checkTotal(files: readonly PlannedFile[], limits: ArchiveLimits, size: number): void {
  const total = files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
  if (total > limits.unpackedBytes) {
    throw new UserError(
      'invalid',
      `The archive unpacks to "${total}" bytes; at most ${limits.unpackedBytes} are allowed.`,
    );
  }
  if (total > Math.max(RATIO_FLOOR, limits.ratio * size)) {
    throw new UserError(
      'invalid',
      `The archive unpacks to "${Math.round(total / size)}" times its size; at most ${limits.ratio} times is allowed.`,
    );
  }
}

/** Entries that share their bytes are how a small archive unpacks to petabytes. */
function checkOverlaps(files: readonly PlannedFile[]): void {
  let end = 0;
  const inOrder = files
    .map(({ entry }) => entry)
    .sort((a, b) => a.offsetToLocalFileHeader - b.offsetToLocalFileHeader);
  for (const entry of inOrder) {
    if (entry.offsetToLocalFileHeader < end) throw refusal(entry, 'overlaps another entry');
    end = dataEnd(entry);
  }
}

/** Where the entry's bytes end at the earliest: its own header may hold an extra field besides. */
function dataEnd(entry: File): number {
  return entry.offsetToLocalFileHeader + LOCAL_HEADER_LENGTH + entry.pathBuffer.length + entry.compressedSize;
}

/** The names taken so far. Two that differ only in case or in Unicode form are one on some file systems. */
class Tree {
  readonly folders: string[] = [];
  readonly #taken = new Map<string, { path: string; isFolder: boolean }>();
  readonly #mostEntries: number;

  constructor(mostEntries: number) {
    this.#mostEntries = mostEntries;
  }

  addFile(path: string, name: string): void {
    this.addFolder(path.slice(0, Math.max(0, path.lastIndexOf('/'))), name);
    if (this.#taken.has(key(path))) throw collision(name, this.#taken.get(key(path))?.path ?? path);
    this.#take(path, false);
  }

  addFolder(path: string, name: string): void {
    const missing: string[] = [];
    for (let folder = path; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
      const taken = this.#taken.get(key(folder));
      if (taken?.path === folder && taken.isFolder) break;
      if (taken !== undefined) throw collision(name, taken.path);
      missing.push(folder);
    }
    for (const folder of missing.reverse()) {
      this.#take(folder, true);
      this.folders.push(folder);
    }
  }

  #take(path: string, isFolder: boolean): void {
    this.#taken.set(key(path), { path, isFolder });
    if (this.#taken.size > this.#mostEntries) {
      throw new UserError(
        'invalid',
        `The archive has more than "${this.#mostEntries}" files and folders, which is the limit.`,
      );
    }
  }
}

function key(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function collision(name: string, other: string): UserError {
  return new UserError('invalid', `The archive's entries ${quote(name)} and ${quote(other)} collide.`);
}

function isFolder(entry: File): boolean {
  return /[/\\]$/.test(entry.path);
}

/** Type and permissions as Unix has them; 0 where the archive has none. */
function mode(entry: File): number {
  return entry.externalFileAttributes >>> 16;
}

/** A name fit to be shown: in quotes, at most 100 characters, nothing that a terminal would act on. */
function quote(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return `"${short.replace(/[\p{C}\p{Zl}\p{Zp}"]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)}"`;
}

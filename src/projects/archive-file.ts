import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { CentralDirectory, File, Open } from 'unzipper';
import { toError, UserError } from '../errors.ts';

const END = 0x06054b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_LENGTH = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_END_LENGTH = 56;
const LOCAL_HEADER_LENGTH = 30;
const LOCAL_HEADER = 0x04034b50;
/** The directory is held in memory while it is read. 50,000 entries of a usual kind take about 5 MB. */
const LARGEST_DIRECTORY = 64 * 1024 * 1024;

/** What the end of an archive says of its directory. Offsets count bytes from the start of the file. */
interface ArchiveEnd {
  /** Where the end record begins. */
  position: number;
  entries: number;
  directoryOffset: number;
}

/** What a file's own header says, which must agree with the directory. */
export interface LocalHeader {
  signatureIsRight: boolean;
  flags: number;
  compressionMethod: number;
  name: Buffer;
}

/** `unzipper` has a second parameter that its types lack; 80 is its default, which misses long comments. */
type OpenCustom = (
  source: Parameters<typeof Open.custom>[0],
  options: { tailSize: number },
) => Promise<CentralDirectory>;

/** Loaded by the first archive: it would be a tenth of the daemon's start. */
async function openCustom(...asked: Parameters<OpenCustom>): Promise<CentralDirectory> {
  const { Open } = await import('unzipper');
  return (Open.custom as OpenCustom)(...asked);
}

/**
 * A zip file, read through one handle. `unzipper` opens a file anew for every entry, leaves some of them open,
 * and a read fault there is an 'error' event that nobody hears; so it is given these streams instead, which
 * on a fault just end, and say why in `fault`.
 */
export class ArchiveFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #streams = new Set<Readable>();
  readonly size: number;
  /** Why the file could not be read, if it could not. */
  fault: Error | null = null;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  static async open(path: string): Promise<ArchiveFile> {
    const handle = await open(path);
    try {
      return new ArchiveFile(handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    await this.#handle.close();
  }

  /** @throws UserError `invalid` when it is no zip, damaged, or has more than `mostEntries` */
  async readDirectory(mostEntries: number): Promise<{ files: File[]; directoryOffset: number }> {
    const end = await this.#readEnd();
    if (end.entries > mostEntries) {
      throw new UserError(
        'invalid',
        `The archive has "${end.entries}" entries; at most ${mostEntries} are allowed.`,
      );
    }
    if (end.directoryOffset > end.position || end.position - end.directoryOffset > LARGEST_DIRECTORY) {
      throw damaged();
    }
    const source = {
      size: () => Promise.resolve(this.size),
      stream: (start: number, length?: number) => this.#stream(start, length),
    };
    try {
      // The tail begins at the end record that was found here: looking by itself, `unzipper` could take another.
      const { files } = await openCustom(source, { tailSize: this.size - end.position });
      return { files, directoryOffset: end.directoryOffset };
    } catch (error) {
      throw this.fault ?? damaged(error);
    }
  }

  /** @throws UserError `invalid` when the file ends before it */
  async readLocalHeader(offset: number, nameLength: number): Promise<LocalHeader> {
    const bytes = await this.#read(offset, LOCAL_HEADER_LENGTH + nameLength);
    return {
      signatureIsRight: bytes.readUInt32LE(0) === LOCAL_HEADER,
      flags: bytes.readUInt16LE(6),
      compressionMethod: bytes.readUInt16LE(8),
      name: bytes.readUInt16LE(26) === nameLength ? bytes.subarray(LOCAL_HEADER_LENGTH) : Buffer.alloc(0),
    };
  }

  async #readEnd(): Promise<ArchiveEnd> {
    const tail = await this.#readTail();
    const found = findEnd(tail);
    if (found < 0) {
      const start = this.size < 4 ? 0 : (await this.#read(0, 4)).readUInt32LE(0);
      throw start === LOCAL_HEADER
        ? new NotAnArchive('The archive is cut off: its end is missing.')
        : new NotAnArchive('The file is not a zip archive.');
    }
    const record = tail.subarray(found);
    const position = this.size - record.length;
    const disk = record.readUInt16LE(4);
    const entries = record.readUInt16LE(10);
    const directoryOffset = record.readUInt32LE(16);
    // The same test as unzipper's, so that both read the same directory.
    if (disk === 0xffff || entries === 0xffff || directoryOffset === 0xffffffff) {
      return { position, ...(await this.#readZip64End(position)) };
    }
    if (disk !== 0 || record.readUInt16LE(6) !== 0 || record.readUInt16LE(8) !== entries) throw multiDisk();
    return { position, entries, directoryOffset };
  }

  async #readZip64End(position: number): Promise<Omit<ArchiveEnd, 'position'>> {
    if (position < ZIP64_LOCATOR_LENGTH) throw damaged();
    const locator = await this.#read(position - ZIP64_LOCATOR_LENGTH, ZIP64_LOCATOR_LENGTH);
    if (locator.readUInt32LE(0) !== ZIP64_LOCATOR) throw damaged();
    const record = await this.#read(Number(locator.readBigUInt64LE(8)), ZIP64_END_LENGTH);
    if (record.readUInt32LE(0) !== ZIP64_END) throw damaged();
    const entries = record.readBigUInt64LE(32);
    const disks = [locator.readUInt32LE(4), record.readUInt32LE(16), record.readUInt32LE(20)];
    if (disks.some((disk) => disk !== 0) || record.readBigUInt64LE(24) !== entries) throw multiDisk();
    return { entries: Number(entries), directoryOffset: Number(record.readBigUInt64LE(48)) };
  }

  #readTail(): Promise<Buffer> {
    const length = Math.min(this.size, END_LENGTH + LONGEST_COMMENT);
    return this.#read(this.size - length, length);
  }

  async #read(start: number, length: number): Promise<Buffer> {
    if (start + length > this.size) throw damaged();
    const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(length), 0, length, start);
    if (bytesRead < length) throw damaged();
    return buffer;
  }

  /** A part of the file. It never emits an error. */
  #stream(start: number, length = Infinity): Readable {
    let position = start;
    const stop = Math.min(start + length, this.size);
    const stream = new Readable({
      highWaterMark: 64 * 1024,
      read: (size) => {
        const wanted = Math.min(size, stop - position);
        if (wanted <= 0) {
          stream.push(null);
          return;
        }
        this.#handle.read(Buffer.allocUnsafe(wanted), 0, wanted, position).then(
          ({ bytesRead, buffer }) => {
            position += bytesRead;
            stream.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead));
          },
          (error: unknown) => {
            this.fault ??= toError(error);
            stream.push(null);
          },
        );
      },
    });
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return stream;
  }
}

/** The last end record whose comment reaches exactly to the end of the file; -1 if there is none. */
function findEnd(tail: Buffer): number {
  for (let at = tail.length - END_LENGTH; at >= 0; at--) {
    const isEnd = tail.readUInt32LE(at) === END;
    if (isEnd && at + END_LENGTH + tail.readUInt16LE(at + 20) === tail.length) return at;
  }
  return -1;
}

/** The refusal of a file that has no archive's end, by which zip archives are known. */
export class NotAnArchive extends UserError {
  constructor(message: string) {
    super('invalid', message);
  }
}

/** The refusal of an archive that contradicts itself or ends too early. */
export function damaged(cause?: unknown): UserError {
  return new UserError('invalid', 'The archive is damaged: its directory cannot be read.', { cause });
}

function multiDisk(): UserError {
  return new UserError('invalid', 'The archive is one part of several; it must be in one file.');
}

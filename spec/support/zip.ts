import { crc32, deflateRawSync } from 'node:zlib';

/** An entry to be put into an archive; what is left out is as it should be. */
export interface ZipEntry {
  name: string | Buffer;
  content?: string | Buffer;
  /** 8 (deflate) by default, 0 for an empty file. */
  method?: number;
  flags?: number;
  /** Unix type and permissions. */
  mode?: number;
  disk?: number;
  /** What the directory says, where it is to say something else than the truth. */
  declaredSize?: number;
  declaredCrc?: number;
  /** What the entry's own header says. */
  localName?: string;
  localFlags?: number;
  localSignature?: number;
  /** Points at the header of the entry with this index instead of at its own. */
  dataOf?: number;
}

/** What the end record says, where it is to say something else than the truth. */
export interface ZipEnd {
  entries?: number;
  disk?: number;
  comment?: string;
}

/** A zip archive, byte by byte, so that each of its fields can lie. */
export function zip(entries: readonly ZipEntry[], end: ZipEnd = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    const method = entry.method ?? (content.length === 0 ? 0 : 8);
    const data = method === 8 ? deflateRawSync(content) : content;
    const size = entry.declaredSize ?? content.length;
    const packed = method === 0 ? size : data.length;
    const common = (flags: number, nameLength: number): Buffer => {
      const fields = Buffer.alloc(26);
      fields.writeUInt16LE(20, 0);
      fields.writeUInt16LE(flags, 2);
      fields.writeUInt16LE(method, 4);
      fields.writeUInt16LE(0x21, 8);
      fields.writeUInt32LE(entry.declaredCrc ?? crc32(content), 10);
      fields.writeUInt32LE(packed, 14);
      fields.writeUInt32LE(size, 18);
      fields.writeUInt16LE(nameLength, 22);
      return fields;
    };
    const name = Buffer.from(entry.name);
    const localName = Buffer.from(entry.localName ?? entry.name);
    const flags = entry.flags ?? 0x800;
    const local = Buffer.concat([
      uint32(entry.localSignature ?? 0x04034b50),
      common(entry.localFlags ?? flags, localName.length),
      localName,
      data,
    ]);
    offsets.push(offset);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt16LE(entry.disk ?? 0, 2);
    attributes.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    attributes.writeUInt32LE(offsets[entry.dataOf ?? offsets.length - 1]!, 10);
    const made = Buffer.from([20, 3]);
    directory.push(Buffer.concat([uint32(0x02014b50), made, common(flags, name.length), attributes, name]));
    locals.push(local);
    offset += local.length;
  }
  return Buffer.concat([...locals, ...directory, endRecord(entries.length, directory, offset, end)]);
}

function endRecord(entries: number, directory: readonly Buffer[], offset: number, end: ZipEnd): Buffer {
  const comment = Buffer.from(end.comment ?? '');
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.disk ?? 0, 6);
  record.writeUInt16LE(end.entries ?? entries, 8);
  record.writeUInt16LE(end.entries ?? entries, 10);
  record.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  record.writeUInt32LE(offset, 16);
  record.writeUInt16LE(comment.length, 20);
  return Buffer.concat([record, comment]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { UserError } from '../../src/errors.ts';
import { extractArchive, storageFault, type ArchiveLimits } from '../../src/projects/archive.ts';
import { refusalOf } from '../support/refusal.ts';
import { zip, type ZipEntry } from '../support/zip.ts';

/** The defaults of the settings. */
const LIMITS: ArchiveLimits = { entries: 50_000, unpackedBytes: 2 * 1024 ** 3, ratio: 200 };

describe('extractArchive', () => {
  let folder: string;
  let out: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orbweaver-archive-'));
    out = join(folder, 'out');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function extract(bytes: Buffer, limits: Partial<ArchiveLimits> = {}): Promise<void> {
    const path = join(folder, 'archive.zip');
    await writeFile(path, bytes);
    await extractArchive(path, out, { ...LIMITS, ...limits });
  }

  /** The sentence of the refusal, after which nothing may be left. */
  async function refused(bytes: Buffer, limits?: Partial<ArchiveLimits>): Promise<string> {
    const sentence = await refusalOf(extract(bytes, limits), 'invalid');
    expect(await readdir(folder)).to.deep.equal(['archive.zip']);
    return sentence;
  }

  async function contents(): Promise<Record<string, string | null>> {
    const found: Record<string, string | null> = {};
    for (const item of await readdir(out, { recursive: true, withFileTypes: true })) {
      const path = join(item.parentPath, item.name);
      found[path.slice(out.length + 1)] = item.isFile() ? await readFile(path, 'utf8') : null;
    }
    return found;
  }

  const file = (entry: Partial<ZipEntry>): ZipEntry => ({ name: 'a.py', content: 'print(1)\n', ...entry });
  const big = { content: Buffer.alloc(3_000_000, 'x'), method: 0 };

  describe('unpacks', () => {
    it('files at the root, stored and deflated', async () => {
      await extract(zip([file({ name: 'stored', method: 0 }), file({ name: 'deflated' })]));
      expect(await contents()).to.deep.equal({ stored: 'print(1)\n', deflated: 'print(1)\n' });
    });

    it('one folder with folders in it, named or implied', async () => {
      await extract(zip([file({ name: 'p/q/a' }), file({ name: 'p/', content: '' }), file({ name: 'p/b' })]));
      expect(await contents()).to.deep.equal({
        p: null,
        'p/q': null,
        'p/q/a': 'print(1)\n',
        'p/b': 'print(1)\n',
      });
    });

    it('empty folders, empty files and an empty archive', async () => {
      await extract(zip([file({ name: 'empty/', content: '' }), file({ name: 'f', content: '' })]));
      expect(await contents()).to.deep.equal({ empty: null, f: '' });
      await rm(out, { recursive: true });
      await extract(zip([]));
      expect(await contents()).to.deep.equal({});
    });

    it('names beyond ASCII', async () => {
      await extract(zip([file({ name: 'паук/žába 🕷.py' })]));
      expect(await contents()).to.deep.equal({ паук: null, 'паук/žába 🕷.py': 'print(1)\n' });
    });

    it('backslashes as separators, and names that begin with ./', async () => {
      await extract(zip([file({ name: 'p\\a' }), file({ name: './p//b' })]));
      expect(Object.keys(await contents()).sort()).to.deep.equal(['p', 'p/a', 'p/b']);
    });

    it('an archive with a long comment, and one that contains another archive', async () => {
      const inner = zip([file({ name: 'inner' })]);
      await extract(
        zip([file({ name: 'inner.zip', content: inner, method: 0 })], { comment: 'c'.repeat(5000) }),
      );
      expect(await readFile(join(out, 'inner.zip'))).to.deep.equal(inner);
    });

    it('zip64', async () => {
      const writer = new ZipFile();
      writer.addBuffer(Buffer.from('one'), 'p/one', { forceZip64Format: true });
      writer.addBuffer(Buffer.from('two'), 'p/two', { forceZip64Format: true, compress: false });
      writer.end({ forceZip64Format: true, comment: '' });
      await extract(await buffer(writer.outputStream));
      expect(await contents()).to.deep.equal({ p: null, 'p/one': 'one', 'p/two': 'two' });
    });

    it('sizes that come only after the bytes (data descriptors)', async () => {
      const writer = new ZipFile();
      writer.addReadStream(Readable.from([Buffer.from('streamed')]), 'a');
      writer.end();
      await extract(await buffer(writer.outputStream));
      expect(await contents()).to.deep.equal({ a: 'streamed' });
    });

    it('with the modes 0644, 0755 for what its owner may execute, and 0755 for folders, less the umask', async () => {
      await extract(
        zip([file({ name: 'p/plain', mode: 0o106666 }), file({ name: 'p/run', mode: 0o104700 })]),
      );
      const modeOf = async (path: string) => (await stat(join(out, path))).mode & 0o7777;
      for (const [path, mode] of [
        ['p/plain', 0o644],
        ['p/run', 0o755],
        ['p', 0o755],
      ] as const) {
        expect((await modeOf(path)) & 0o700).to.equal(mode & 0o700);
        expect((await modeOf(path)) & ~mode).to.equal(0);
      }
    });
  });

  describe('refuses, and leaves nothing behind,', () => {
    const cases: [what: string, archive: Buffer, sentence: RegExp, limits?: Partial<ArchiveLimits>][] = [
      ['what is not a zip', Buffer.from('<html>'), /^The file is not a zip archive\.$/],
      ['an empty file', Buffer.alloc(0), /is not a zip archive/],
      ['a truncated archive', zip([file({})]).subarray(0, -10), /cut off/],
      ['one whose directory is missing', zip([], { entries: 3 }), /directory cannot be read/],
      ['../', zip([file({ name: 'a/../../evil' })]), /"a\/\.\.\/\.\.\/evil" leads out of its folder/],
      ['..\\', zip([file({ name: '..\\evil' })]), /"\.\.\\evil" leads out of its folder/],
      ['an absolute name', zip([file({ name: '/etc/x' })]), /"\/etc\/x" has an absolute name/],
      ['a UNC name', zip([file({ name: '\\\\host\\x' })]), /has an absolute name/],
      ['a drive', zip([file({ name: 'C:\\x' })]), /"C:\\x" has an absolute name/],
      ['a NUL in a name', zip([file({ name: 'a\0b' })]), /"a\\u\{0\}b" has a control character/],
      ['a line feed in a name', zip([file({ name: 'a\nb' })]), /"a\\u\{a\}b" has a control character/],
      ['a name that is not UTF-8', zip([file({ name: Buffer.from([0x61, 0xff]) })]), /not valid UTF-8/],
      ['a long name', zip([file({ name: 'x'.repeat(256) })]), /"x{100}…" has a name that is too long/],
      ['a long path', zip([file({ name: 'abcd/'.repeat(210) + 'x' })]), /too long/],
      ['an empty name', zip([file({ name: '.' })]), /"\." has no name/],
      ['a symbolic link', zip([file({ mode: 0o120777 })]), /"a\.py" is a symbolic link/],
      ['a device', zip([file({ mode: 0o020666 })]), /is a device, pipe or socket/],
      ['a fifo', zip([file({ mode: 0o010666 })]), /is a device, pipe or socket/],
      ['a socket', zip([file({ mode: 0o140666 })]), /is a device, pipe or socket/],
      ['a folder named like a file', zip([file({ mode: 0o040755 })]), /is a folder named like a file/],
      ['a folder with content', zip([file({ name: 'p/' })]), /"p\/" is a folder with content/],
      ['an encrypted entry', zip([file({ flags: 1 })]), /"a\.py" is encrypted/],
      ['one encrypted in its own header only', zip([file({ flags: 0, localFlags: 1 })]), /is encrypted/],
      ['a wrong CRC', zip([file({ declaredCrc: 1 })]), /checksum \(CRC\) is wrong/],
      [
        'a wrong CRC after good files',
        zip([file({}), file({ name: 'b', declaredCrc: 1 })]),
        /"b" is damaged/,
      ],
      ['a size too small', zip([file({ declaredSize: 3 })]), /declares "3" bytes/],
      ['a size too large', zip([file({ declaredSize: 300 })]), /declares "300" bytes/],
      ['a stored size too large', zip([file({ method: 0, declaredSize: 300 })]), /"a\.py" is cut off/],
      ['the same name twice', zip([file({}), file({})]), /"a\.py" and "a\.py" collide/],
      ['names that differ in case', zip([file({}), file({ name: 'A.py' })]), /"A\.py" and "a\.py" collide/],
      ['names that differ in form', zip([file({ name: 'é' }), file({ name: 'e\u0301' })]), /collide/],
      [
        'folders that differ in case',
        zip([file({ name: 'p/a' }), file({ name: 'P/b' })]),
        /"P\/b" and "p" collide/,
      ],
      ['a file where a folder is', zip([file({ name: 'p/a' }), file({ name: 'p' })]), /"p" and "p" collide/],
      [
        'a folder where a file is',
        zip([file({ name: 'p' }), file({ name: 'p/a' })]),
        /"p\/a" and "p" collide/,
      ],
      [
        'too many entries',
        zip([file({}), file({ name: 'b' })]),
        /has "2" entries; at most 1/,
        { entries: 1 },
      ],
      [
        'too many folders',
        zip([file({ name: 'a/b/c/d' })]),
        /more than "3" files and folders/,
        { entries: 3 },
      ],
      ['too much', zip([file({ ...big })]), /unpacks to "3000000" bytes; at most 10/, { unpackedBytes: 10 }],
      ['a bomb', zip([file({ ...big, method: 8 })]), /unpacks to "\d+" times its size; at most 200/],
      ['an unknown method', zip([file({ method: 12 })]), /compressed by method "12"/],
      ['a part of several', zip([file({})], { disk: 1 }), /one part of several/],
      ['an entry in another part', zip([file({ disk: 2 })]), /in another part/],
      ['a header without signature', zip([file({ localSignature: 1 })]), /its own header contradicts/],
      ['a header with another name', zip([file({ localName: 'b.py' })]), /its own header contradicts/],
      [
        'entries that share their bytes',
        zip([file({ name: 'one.py' }), file({ name: 'two.py', dataOf: 0 })]),
        /overlaps another entry/,
      ],
    ];
    for (const [what, archive, sentence, limits] of cases) {
      it(what, async () => {
        expect(await refused(archive, limits)).to.match(sentence);
      });
    }

    it('damaged deflate data', async () => {
      const bytes = zip([file({ content: 'some text that is long enough '.repeat(20) })]);
      bytes.fill(0xff, 34, 44);
      expect(await refused(bytes)).to.match(/"a\.py" is damaged: it cannot be unpacked/);
    });

    it('a zip64 archive that claims 2^60 entries', async () => {
      const writer = new ZipFile();
      writer.addBuffer(Buffer.from('one'), 'one');
      writer.end({ forceZip64Format: true, comment: '' });
      const bytes = await buffer(writer.outputStream);
      const record = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 6, 6]));
      bytes.writeBigUInt64LE(1n << 60n, record + 24);
      bytes.writeBigUInt64LE(1n << 60n, record + 32);
      expect(await refused(bytes)).to.match(/at most 50000 are allowed/);
    });
  });

  it('does not touch a folder that exists already', async () => {
    await extract(zip([file({})]));
    const error: unknown = await extract(zip([file({ name: 'b' })])).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'EEXIST');
    expect(await contents()).to.deep.equal({ 'a.py': 'print(1)\n' });
  });

  it('tells a full disk from other faults', () => {
    const fault = (code: string) => Object.assign(new Error(code), { code });
    expect(() => storageFault(fault('ENOSPC')))
      .to.throw(UserError)
      .with.property('kind', 'storage-full');
    expect(() => storageFault(fault('EIO')))
      .to.throw('EIO')
      .with.property('code', 'EIO');
  });

  it('takes or refuses whatever is made of an archive by chance, and writes nowhere else', async function () {
    this.timeout(60_000);
    const good = zip([
      file({ name: 'p/', content: '' }),
      file({ name: 'p/stored.py', method: 0 }),
      file({ name: 'p/deflated.py', content: 'x = 1\n'.repeat(50) }),
    ]);
    const change = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }));
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, fc.option(fc.nat(good.length), { freq: 5 }), async (flips, cut) => {
        const bytes = Buffer.from(good);
        for (const [at, mask] of flips) bytes[at]! ^= mask;
        const error: unknown = await extract(bytes.subarray(0, cut ?? undefined)).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (error !== null) expect(error).to.be.instanceOf(UserError);
        expect(await readdir(folder)).to.deep.equal(
          error === null ? ['archive.zip', 'out'] : ['archive.zip'],
        );
        await rm(out, { recursive: true, force: true });
      }),
      { numRuns: 500 },
    );
  });
});

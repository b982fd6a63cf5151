import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { Database } from '../../src/store/sqlite/database.ts';

describe('what is committed before the disk has it', () => {
  let folder = '';
  let path = '';
  let db: Database;
  /** What all files share. */
  let files: FileHandle;
  let datasync: FileHandle['datasync'];
  let syncs: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-database-'));
    path = join(folder, 'db');
    db = new Database(path);
    db.run('CREATE TABLE texts (text TEXT UNIQUE) STRICT');
    await using file = await open(path);
    files = Object.getPrototypeOf(file) as FileHandle;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the file below
    datasync = files.datasync;
    syncs = 0;
    files.datasync = function (this: FileHandle) {
      syncs++;
      return datasync.call(this);
    };
  });
  afterEach(() => {
    files.datasync = datasync;
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const add = (text: string) => db.run('INSERT INTO texts VALUES (?)', text);
  const stored = () => {
    using other = new DatabaseSync(path);
    return other
      .prepare('SELECT text FROM texts ORDER BY text')
      .all()
      .map(({ text }) => text);
  };

  it('is there for all at once, and what follows is done then', () => {
    const seen: unknown[] = [];
    db.unsynced(() => {
      db.afterCommit(() => seen.push(...stored()));
      add('a');
    });
    expect(seen).to.deep.equal(['a']);
    expect(syncs).to.equal(0);
  });

  it('is a part of the transaction that it is in, and nothing where it throws', () => {
    const acts: string[] = [];
    const fail = () =>
      db.transaction(() => {
        db.unsynced(() => {
          db.afterCommit(() => acts.push('b'));
          add('b');
        });
        throw new Error('no');
      });
    expect(fail).to.throw('no');
    expect(() =>
      db.unsynced(() => {
        add('c');
        throw new Error('no');
      }),
    ).to.throw('no');
    expect([stored(), acts]).to.deep.equal([[], []]);
  });

  it('waits for the disk together, and what comes while that writes for the next time', async () => {
    const first = [db.sync(), db.sync()];
    await Promise.resolve();
    const next = [db.sync(), db.sync()];
    await Promise.all([...first, ...next]);
    expect(syncs).to.equal(2);
  });

  it('is put into the database when the disk did not take it into the log, before anything else is said to be there', async () => {
    db.unsynced(() => add('a'));
    files.datasync = () => Promise.reject(new Error('EIO'));
    const fault = await db.sync().catch((error: unknown) => error);
    expect(fault)
      .to.be.instanceOf(UserError)
      .with.property('message')
      .that.matches(/^The data folder could not be written \("EIO"\)/);
    expect(statSync(`${path}-wal`).size).to.be.greaterThan(0);
    files.datasync = datasync;
    await db.sync();
    expect(statSync(`${path}-wal`).size).to.equal(0);
    expect(stored()).to.deep.equal(['a']);
  });

  it('is not followed by anything while it cannot be put there', async () => {
    db.unsynced(() => add('a'));
    files.datasync = () => Promise.reject(new Error('EIO'));
    await db.sync().catch(() => undefined);
    files.datasync = datasync;
    using reader = new DatabaseSync(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT * FROM texts').all();
    expect(() => db.transaction(() => add('b'))).to.throw(UserError, 'another program reads the database');
    reader.exec('COMMIT');
    db.transaction(() => add('b'));
    expect(stored()).to.deep.equal(['a', 'b']);
  });

  it('is no fault when the database is closed meanwhile', async () => {
    db.unsynced(() => add('a'));
    const sync = db.sync();
    db.close();
    await sync;
    await db.sync();
    expect(stored()).to.deep.equal(['a']);
  });
});

import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Checkpoints } from '../../src/store/sqlite/checkpoints.ts';
import { Database } from '../../src/store/sqlite/database.ts';

const MIB = 2 ** 20;
const PAGE = 'x'.repeat(4000);

/** How many pages the log has, and how many of them are in the database. */
interface Pages {
  log: number;
  checkpointed: number;
}

describe('what was committed to the log', () => {
  let folder = '';
  let path = '';
  let db: Database;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-checkpoints-'));
    path = join(folder, 'db');
    db = new Database(path);
    db.run('CREATE TABLE texts (text TEXT) STRICT');
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pages = () => db.get('PRAGMA wal_checkpoint(NOOP)') as unknown as Pages;
  const write = (count: number) => {
    db.transaction(() => {
      for (let i = 0; i < count; i++) db.run('INSERT INTO texts VALUES (?)', PAGE);
    });
  };

  it('is put into the database without anybody waiting for it, once it is a thousand pages', async () => {
    write(500);
    await setImmediate();
    expect(pages()).to.include({ checkpointed: 0 });
    write(600);
    expect(pages()).to.include({ checkpointed: 0 });
    while (pages().checkpointed < pages().log) await setImmediate();
    expect(statSync(path).size).to.be.greaterThan(4 * MIB);
  });

  it('takes no more and more room, however much is written', async () => {
    for (let i = 0; i < 300; i++) {
      write(100);
      await setImmediate();
    }
    expect(statSync(`${path}-wal`).size).to.be.lessThan(50 * MIB);
    expect(statSync(path).size).to.be.greaterThan(70 * MIB);
  });

  it('is all in the database when that is closed, with no log beside it', async () => {
    for (let i = 0; i < 30; i++) {
      write(100);
      await setImmediate();
    }
    db.close();
    expect(existsSync(`${path}-wal`)).to.equal(false);
    using other = new DatabaseSync(path, { readOnly: true });
    expect(other.prepare('SELECT count(*) AS rows FROM texts').get()).to.include({ rows: 3000 });
  });

  it('is put there by who commits where there can be no thread', async () => {
    using raw = new DatabaseSync(path);
    const missing = join(folder, 'missing');
    const checkpoints = new Checkpoints(missing, raw);
    const text = raw.prepare('INSERT INTO texts VALUES (?)');
    for (let i = 0; i < 120; i++) {
      raw.exec('BEGIN');
      for (let row = 0; row < 100; row++) text.run(PAGE);
      raw.exec('COMMIT');
      checkpoints.look();
      await setImmediate();
    }
    checkpoints.close();
    expect(statSync(path).size).to.be.greaterThan(35 * MIB);
    expect(existsSync(missing)).to.equal(false);
  });
});

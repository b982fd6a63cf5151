import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { jobList } from '../../src/store/sqlite/job-list.ts';
import { jobTable } from '../../src/store/sqlite/job-table.ts';
import { projectTable } from '../../src/store/sqlite/project-table.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { storeContract } from '../contracts/store.ts';
import { aRequest, aVersion } from '../support/samples.ts';

describe('the SQLite store', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-store-'));
    path = join(folder, 'orbweaver.db');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  describe('keeps the contract of a store:', () => {
    storeContract({ open: () => openSqliteStore(path), remove: () => undefined });
  });

  it('is refused, in words, when a newer release made it', () => {
    openSqliteStore(path).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 999');
    db.close();
    expect(() => openSqliteStore(path)).to.throw(UserError, 'newer Orbweaver');
  });

  it('says so when the disk is full, changes nothing, and goes on when there is space again', () => {
    const db = new Database(path);
    const store = { ...projectTable(db), ...jobTable(db), ...jobList(db) };
    store.addVersion(aVersion());
    // A file that may not grow gives the same fault as a full disk.
    const limitPages = (pages: number) => db.get(`PRAGMA max_page_count = ${pages}`);
    const fill = () => {
      for (let index = 0; index < 5000; index += 1) {
        store.addJob({ request: aRequest({ description: 'x'.repeat(500) }), actor: 'USER' }, index);
      }
    };
    limitPages(60);
    expect(fill).to.throw(UserError, 'could not be written').with.property('kind', 'storage-full');
    const before = store.listJobs({ states: ['PENDING'] }).length;
    expect(fill).to.throw(UserError, 'could not be written');
    expect(store.listJobs({ states: ['PENDING'] })).to.have.length(before);
    limitPages(1_000_000);
    store.addJob({ request: aRequest(), actor: 'USER' }, 1);
    db.close();
  });

  it('says so while another program writes, and goes on when that is over', () => {
    const store = openSqliteStore(path);
    store.addVersion(aVersion());
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.addJob({ request: aRequest(), actor: 'USER' }, 1))
      .to.throw(UserError, 'in use by another program')
      .with.property('kind', 'unavailable');
    other.exec('ROLLBACK');
    other.close();
    store.addJob({ request: aRequest(), actor: 'USER' }, 1);
    store.close();
  }).timeout(10_000);

  it('is for the eyes of its owner only, also where it was not', () => {
    const store = openSqliteStore(path);
    store.addVersion(aVersion());
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect(modes.length).to.be.at.least(2);
    expect(new Set(modes)).to.deep.equal(new Set([0o600]));
    store.close();
    chmodSync(path, 0o644);
    openSqliteStore(path).close();
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('says in words that a file is none', () => {
    writeFileSync(path, 'this is no database, and long enough to be looked at');
    expect(() => openSqliteStore(path)).to.throw(UserError, `"${path}" cannot be used`);
  });

  it('lists 100,000 jobs without holding the event loop for long', () => {
    const store = openSqliteStore(path);
    store.addVersion(aVersion());
    const { id } = store.addJob({ request: aRequest(), actor: 'USER' }, 1);
    store.close();
    const db = new DatabaseSync(path);
    db.exec(`WITH RECURSIVE series (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series LIMIT 100000)
      INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, project, spider, priority,
        request, created_at, changed_at)
      SELECT id || value, jobid || value, 1, 1, value + 1, 'PENDING', 'USER', project, spider, 0, request, value, value
      FROM jobs, series WHERE id = '${id}'`);
    db.close();
    const again = openSqliteStore(path);
    const startedAt = performance.now();
    const refs = again.listJobs({ states: ['PENDING', 'RUNNING'] });
    const elapsed = performance.now() - startedAt;
    expect(refs).to.have.length(100_001);
    expect(elapsed).to.be.below(1000);
    again.close();
  });
});

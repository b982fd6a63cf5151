import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { FINAL_STATES } from '../../src/jobs/states.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { jobList } from '../../src/store/sqlite/job-list.ts';
import { jobTable } from '../../src/store/sqlite/job-table.ts';
import { projectTable } from '../../src/store/sqlite/project-table.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { cloudContract } from '../contracts/cloud.ts';
import { keysContract } from '../contracts/keys.ts';
import { runsContract } from '../contracts/runs.ts';
import { schedulesContract } from '../contracts/schedules.ts';
import { storeContract } from '../contracts/store.ts';
import { versionsContract } from '../contracts/versions.ts';
import { aRequest, aSchedule, aVersion } from '../support/samples.ts';

const MIGRATIONS = join(import.meta.dirname, '../../src/store/sqlite/migrations');
const FIRST_MIGRATION = join(MIGRATIONS, '001-initial.sql');

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
    const place = { open: () => openSqliteStore(path), remove: () => undefined };
    versionsContract(place);
    runsContract(place);
    keysContract(place);
    schedulesContract(place);
    describe('for clients of Scrapy Cloud:', () => {
      cloudContract(place);
    });
    describe('its other parts:', () => {
      storeContract(place);
    });
  });

  it('is refused, in words, when a newer release made it', () => {
    openSqliteStore(path).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 999');
    db.close();
    expect(() => openSqliteStore(path)).to.throw(UserError, 'newer Orbweaver');
  });

  it('takes over what a release with one version a project has stored', () => {
    const old = new DatabaseSync(path);
    old.exec(readFileSync(FIRST_MIGRATION, 'utf8'));
    const {
      version: _version,
      tellNames: _tellNames,
      cmdArgs: _cmdArgs,
      tags: _tags,
      ...request
    } = aRequest();
    old.exec(`PRAGMA user_version = 1;
      INSERT INTO projects VALUES (1, 'quotes', NULL);
      INSERT INTO spiders VALUES (1, 1, 'css', 1);
      INSERT INTO versions VALUES (1, 1, 'old', '', 'q.settings', '["css"]', NULL, NULL, NULL, 1700000000000),
        (2, 1, 'new', '', 'q.settings', '["css"]', NULL, NULL, NULL, 1700000001000);
      UPDATE projects SET current_version = 2;
      INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, project, spider, priority, request,
        created_at, changed_at, version_id)
      VALUES ('a-b', 'ab', 1, 1, 1, 'RUNNING', 'USER', 'quotes', 'css', 0, '${JSON.stringify(request)}', 1, 1, 1);`);
    old.close();
    const store = openSqliteStore(path);
    expect(store.versions('quotes')).to.have.length(1);
    expect(store.currentVersion('quotes')).to.include({ id: 2, name: '1700000001', named: false });
    expect(store.job('a-b')).to.deep.include({
      ...{ version: null, tellNames: false, cmdArgs: null, tags: [] },
      state: 'RUNNING',
    });
    expect(store.unusedVersions()).to.deep.equal([]);
    store.changeState('a-b', 'FAILED', { finishedAt: 2 }, 2);
    expect(store.unusedVersions().map(({ folder }) => folder)).to.deep.equal(['old']);
    store.close();
  });

  it('takes over the schedules of a release without rules, and what they have fired', () => {
    const old = new DatabaseSync(path);
    const before = readdirSync(MIGRATIONS).filter((name) => name < '007');
    for (const name of before.sort()) old.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
    const request = JSON.stringify(aRequest());
    old.exec(`PRAGMA user_version = ${before.length};
      INSERT INTO projects (id, name, current_version) VALUES (1, 'quotes', NULL);
      INSERT INTO spiders (project_id, number, name, last_job) VALUES (1, 1, 'css', 3);
      INSERT INTO schedules (id, state, "when", zone, actor, project, spider, request, anchor_at, next_fire_at,
        created_at, changed_at)
      VALUES ('on', 'SCHEDULED', 'every day', 'Europe/Zurich', 'USER', 'quotes', 'css', '${request}', 1, 500, 1, 1),
        ('off', 'CANCELED', 'every hour', NULL, 'USER', 'quotes', 'css', '${request}', 2, NULL, 2, 300),
        ('gone', 'CANCELED', 'every hour', NULL, 'USER', 'quotes', 'css', '${request}', 2, NULL, 2, 2);
      DELETE FROM schedules WHERE id = 'gone';`);
    const job =
      old.prepare(`INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, schedule_id,
        fire_at, project, spider, priority, request, created_at, changed_at)
      VALUES (?1, ?1, 1, 1, ?2, 'SUCCESSFUL', ?3, ?4, ?5, 'quotes', 'css', 0, ?6, ?7, 9)`);
    job.run('a', 1, 'SCHEDULER', 'on', 300, request, 310);
    job.run('b', 2, 'SCHEDULER', 'on', 400, request, 400);
    job.run('c', 3, 'USER', null, null, request, 405);
    old.close();
    const store = openSqliteStore(path);
    expect(store.schedule('on')).to.deep.equal({
      ...{ id: 'on', seq: 1, when: 'every day', rules: { ...NO_RULES, zone: 'Europe/Zurich' } },
      ...{
        request: aRequest(),
        actor: 'USER',
        state: 'SCHEDULED',
        reason: null,
        anchorAt: 1,
        plannedAt: 500,
      },
      ...{ nextFireAt: 500, runs: 2, createdAt: 1, changedAt: 1 },
    });
    expect(store.schedule('off')).to.include({
      state: 'CANCELED',
      nextFireAt: null,
      runs: 0,
      changedAt: 300,
    });
    const fire = { untilAt: null, count: 1, reason: null };
    expect(store.fires('on', { limit: 9 })).to.deep.equal([
      { ...fire, plannedAt: 400, madeAt: 400, lateMs: 0, job: { id: 'b', state: 'SUCCESSFUL' } },
      { ...fire, plannedAt: 300, madeAt: 310, lateMs: 10, job: { id: 'a', state: 'SUCCESSFUL' } },
    ]);
    expect(store.job('a')).to.include({ lateMs: null, alone: false });
    store.addVersion(aVersion());
    expect(store.addSchedule(aSchedule(), 1).seq).to.equal(4);
    store.close();
  });

  it('takes no rules and no request of a schedule that could not be read again', () => {
    const store = openSqliteStore(path);
    store.addVersion(aVersion());
    store.addSchedule(aSchedule(), 1);
    store.close();
    const byHand = new DatabaseSync(path);
    for (const broken of ['rules = \'{"overlap": \'', "rules = 'null'", "request = '[]'"]) {
      expect(() => {
        byHand.exec(`UPDATE schedules SET ${broken}`);
      }, broken).to.throw(/malformed JSON|CHECK constraint failed/);
    }
    byHand.close();
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

  it('lists, dispatches and cancels 100,000 jobs without holding the event loop for long', () => {
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
    const timed = <T>(work: () => T): [result: T, ms: number] => {
      const startedAt = performance.now();
      return [work(), performance.now() - startedAt];
    };
    const [refs, listing] = timed(() => again.listJobs({ states: ['PENDING', 'RUNNING'] }));
    expect(refs).to.have.length(100_001);
    expect(listing).to.be.below(1000);
    const [, looking] = timed(() => {
      for (let count = 0; count < 200; count += 1) again.nextPending();
    });
    expect(looking).to.be.below(1000);
    const [canceled, canceling] = timed(() => again.removeProject('quotes', 3));
    expect(canceled).to.have.length(100_001);
    // One by one it took five times as long.
    expect(canceling).to.be.below(5000);
    expect(again.jobs(refs.slice(0, 1))[0]).to.deep.include({
      ...{ state: 'CANCELED', changedAt: 3, finishedAt: 3, startedAt: null, stop: null },
      exit: { code: null, signal: null, reason: 'project "quotes" was removed before it started' },
    });
    const over = { project: 'quotes', states: FINAL_STATES };
    const [pages, searching] = timed(() => [
      again.searchJobs(over, { offset: 0, limit: 100 }),
      again.searchJobs(over, { offset: 100_000, limit: 100 }),
      again.searchJobs({ ...over, spider: 'xpath' }, { offset: 0, limit: 100 }),
      again.searchJobs({ ...over, hasTags: ['none'] }, { offset: 0, limit: 100 }),
      again.lastOfSpiders({ project: 'quotes', from: 0, limit: 100 }),
      again.jobsUnder({ project: 'quotes', spider: 'css' }, { after: '1/1/99999', limit: 100 }),
      again.activity('quotes', 100),
    ]);
    expect(pages.map(({ length }) => length)).to.deep.equal([100, 1, 0, 0, 1, 2, 100]);
    expect(searching).to.be.below(1500);
    const [counts, counting] = timed(() => [
      again.countJobs(over),
      again.countJobs({ ...over, lacksTags: ['none'] }),
    ]);
    expect(counts).to.deep.equal([100_001, 100_001]);
    expect(counting).to.be.below(1000);
    again.close();
  }).timeout(20_000);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { Database } from '../../src/store/sqlite/database.ts';
import { SharedCommits } from '../../src/store/sqlite/shared-commits.ts';

/** Counts the transactions that are shared; its disk is as slow as wanted. */
class SlowDatabase extends Database {
  transactions = 0;
  disk: Promise<unknown> = Promise.resolve();

  override unsynced<T>(work: () => T): T {
    this.transactions += 1;
    return super.unsynced(work);
  }

  override async sync(): Promise<void> {
    await this.disk;
    await super.sync();
  }
}

describe('changes that are asked for at the same time', () => {
  let folder = '';
  let db: SlowDatabase;
  /** What another program sees. */
  let other: DatabaseSync;
  let commits: SharedCommits;
  let acts: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-commits-'));
    const path = join(folder, 'db');
    db = new SlowDatabase(path);
    db.run('CREATE TABLE texts (text TEXT UNIQUE) STRICT');
    other = new DatabaseSync(path);
    commits = new SharedCommits(db);
    acts = [];
  });
  afterEach(() => {
    other.close();
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const add = (text: string) => () =>
    db.transaction(() => {
      db.afterCommit(() => acts.push(`${text} of ${stored().length}`));
      db.run('INSERT INTO texts VALUES (?)', text);
      return text;
    });
  const stored = () =>
    other
      .prepare('SELECT text FROM texts ORDER BY text')
      .all()
      .map(({ text }) => text);
  const outcomes = (...works: (() => string)[]) => Promise.allSettled(works.map((work) => commits.run(work)));
  const faultOf = (outcome: PromiseSettledResult<string> | undefined) =>
    outcome?.status === 'rejected' ? (outcome.reason as UserError) : null;

  it('are on disk with one commit when they are answered, and what follows is told once they are committed', async () => {
    const answers = ['a', 'b', 'c'].map(async (text) => [await commits.run(add(text)), stored().length]);
    expect(stored()).to.deep.equal([]);
    expect(await Promise.all(answers)).to.deep.equal([
      ['a', 3],
      ['b', 3],
      ['c', 3],
    ]);
    expect(db.transactions).to.equal(1);
    expect(acts).to.deep.equal(['a of 3', 'b of 3', 'c of 3']);
  });

  it('are not answered before the disk has them, and those that come meanwhile share the next commit', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    db.disk = promise;
    const answered: string[] = [];
    const ask = async (text: string) => answered.push(await commits.run(add(text)));
    const first = [ask('a'), ask('b')];
    await setImmediate();
    const next = [ask('c'), ask('d')];
    await setImmediate();
    await setImmediate();
    expect([answered, acts, db.transactions]).to.deep.equal([[], ['a of 2', 'b of 2'], 1]);
    resolve('written');
    await Promise.all([...first, ...next]);
    expect(answered).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(acts).to.deep.equal(['a of 2', 'b of 2', 'c of 4', 'd of 4']);
    expect(db.transactions).to.equal(2);
  });

  it('fail when the disk fails, and others do not', async () => {
    db.disk = Promise.reject(new Error('EIO'));
    const [a] = await outcomes(add('a'));
    expect(faultOf(a)?.message).to.equal('EIO');
    db.disk = Promise.resolve();
    expect((await outcomes(add('b')))[0]?.status).to.equal('fulfilled');
  });

  it('stay when one of them fails, and of that one nothing is left', async () => {
    const failing = () => {
      add('half')();
      throw new UserError('conflict', 'no');
    };
    const [a, half, again, b] = await outcomes(add('a'), failing, add('a'), add('b'));
    expect([a, b].map((outcome) => outcome?.status)).to.deep.equal(['fulfilled', 'fulfilled']);
    expect(faultOf(half)?.kind).to.equal('conflict');
    expect(faultOf(again)?.message).to.include('UNIQUE');
    expect(stored()).to.deep.equal(['a', 'b']);
    expect(acts).to.deep.equal(['a of 2', 'b of 2']);
  });

  it('all fail when the commit does, and nothing follows', async () => {
    // A file that may not grow gives the same fault as a full disk.
    const limit = (pages: number) => db.get(`PRAGMA max_page_count = ${pages}`);
    limit(1);
    const full = await outcomes(add('a'), add('x'.repeat(100_000)), add('b'));
    expect(faultOf(full[1])?.kind).to.equal('storage-full');
    expect(stored()).to.deep.equal(
      full.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    );
    limit(1_000_000);
    other.exec('BEGIN IMMEDIATE');
    const taken = await outcomes(add('c'), add('d'));
    expect(taken.map((outcome) => faultOf(outcome)?.kind)).to.deep.equal(['unavailable', 'unavailable']);
    other.exec('ROLLBACK');
    acts = [];
    await outcomes(add('e'));
    expect(acts).to.have.length(1);
  });

  it('come in several transactions where one would hold up everything else', async () => {
    const slow = (text: string) => () => {
      const until = performance.now() + 12;
      while (performance.now() < until);
      return add(text)();
    };
    await outcomes(slow('a'), slow('b'), slow('c'), slow('d'));
    expect(stored()).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(db.transactions).to.equal(4);
  });
});

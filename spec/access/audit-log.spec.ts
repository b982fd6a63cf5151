import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AuditLog, readAudit, type AuditEntry } from '../../src/access/audit-log.ts';
import { silentLog } from '../support/silent-log.ts';

const ENTRY: AuditEntry = {
  ...{ kind: 'key', name: 'ci', address: '127.0.0.1', dialect: 'scrapyd' },
  ...{ action: 'cancel', object: 'quotes/css 1', outcome: 'done' },
};

describe('the audit log', () => {
  let folder = '';
  const complaints: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-audit-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const log = { ...silentLog, error: (_: object, message: string) => complaints.push(message) };
  const open = (rotateBytes?: number) =>
    new AuditLog({
      ...{ folder, log, now: () => Date.UTC(2026, 0, 1) },
      ...(rotateBytes === undefined ? {} : { rotateBytes }),
    });
  const objects = (limit: number) => readAudit(folder, limit).map(({ object }) => object);

  it('has a line for each change, which others cannot read', () => {
    open().append({ ...ENTRY, outcome: 'refused', reason: 'two\nlines' });
    expect(readAudit(folder, 5)).to.deep.equal([
      { at: '2026-01-01T00:00:00.000Z', ...ENTRY, outcome: 'refused', reason: 'two\nlines' },
    ]);
    expect(statSync(join(folder, 'audit.jsonl')).mode & 0o777).to.equal(0o600);
  });

  it('begins a new file when one is full, keeps four old ones, and is read over all of them', () => {
    for (let index = 0; index < 20; index++) open(400).append({ ...ENTRY, object: String(index) });
    const files = readdirSync(folder).sort();
    expect(files).to.deep.equal([...[1, 2, 3, 4].map((age) => `audit.${age}.jsonl`), 'audit.jsonl']);
    for (const file of files) expect(statSync(join(folder, file)).size).to.be.below(700);
    const all = objects(100);
    expect(all.length).to.be.within(9, 15);
    expect(all).to.deep.equal(
      Array.from({ length: all.length }, (_, index) => String(20 - all.length + index)),
    );
    expect(objects(4)).to.deep.equal(['16', '17', '18', '19']);
  });

  it('is read past a line that was cut off', () => {
    open().append(ENTRY);
    appendFileSync(join(folder, 'audit.jsonl'), '{"at":"2026\n');
    open().append({ ...ENTRY, object: 'next' });
    expect(objects(5)).to.deep.equal(['quotes/css 1', 'next']);
  });

  it('loses no other line by one that a full disk has cut off', () => {
    const one = open();
    one.append(ENTRY);
    for (const audit of [one, open()]) {
      appendFileSync(join(folder, 'audit.jsonl'), '{"at":"2026');
      audit.append({ ...ENTRY, object: 'next' });
    }
    expect(objects(5)).to.deep.equal(['quotes/css 1', 'next', 'next']);
  });

  it('is written by several in turn, also where one of them begins a new file, or it is removed', () => {
    const [one, other] = [open(400), open(400)];
    for (let index = 0; index < 12; index++) {
      (index % 3 === 0 ? one : other).append({ ...ENTRY, object: String(index) });
    }
    expect(readdirSync(folder).length).to.be.above(2);
    expect(objects(100)).to.deep.equal(Array.from({ length: 12 }, (_, index) => String(index)));
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    one.append(ENTRY);
    expect(objects(5)).to.deep.equal(['quotes/css 1']);
  });

  it('cuts long texts, and is complained about where it cannot be written, no more', () => {
    open().append({ ...ENTRY, object: 'x'.repeat(10_000) });
    expect(objects(1)[0]).to.have.length(501);
    const gone = new AuditLog({ folder: join(folder, 'gone'), now: Date.now, log });
    gone.append(ENTRY);
    expect(existsSync(join(folder, 'gone'))).to.equal(false);
    expect(complaints).to.deep.equal(['the audit log could not be written']);
  });
});

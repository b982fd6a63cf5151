import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hashGenerated } from '../../src/access/key.ts';
import { verifyPassword } from '../../src/access/password-hash.ts';
import { createKey, listKeys, revokeKey, type NewKey } from '../../src/cli/keys.ts';
import { withStore } from '../../src/cli/with-store.ts';
import { refusalOf } from '../support/refusal.ts';

describe('the key commands', () => {
  let data = '';
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'orbweaver-cli-'));
  });
  afterEach(() => {
    rmSync(data, { recursive: true });
  });

  const create = (name: string, more: Partial<NewKey> = {}) =>
    createKey(data, { name, readOnly: false, projects: [], ...more }, Date.UTC(2026, 0, 2));
  const hashes = () => withStore(data, (store) => store.keys().map(({ hash }) => hash));

  it('make a key of 256 bits, answer with it alone, and keep only its hash', async () => {
    const { lines } = await create('ci');
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^orbweaver_[A-Za-z0-9_-]{43}$/);
    expect(hashes()).to.deep.equal([hashGenerated(lines[0] ?? '')]);
    expect((await create('other')).lines).to.not.deep.equal(lines);
  });

  it('keep a chosen value by the slow hash of passwords', async () => {
    const value = 'correct-horse-battery';
    expect((await create('old', { value })).lines).to.deep.equal([value]);
    const [hash = ''] = hashes();
    expect(hash).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(value, hash)).to.equal(true);
    expect(await verifyPassword(`${value}!`, hash)).to.equal(false);
  });

  it('refuse a chosen value that another key has, which would open when that one is revoked', async () => {
    const value = 'correct-horse-battery';
    await create('old', { value, readOnly: true });
    expect(await refusalOf(create('new', { value }), 'conflict')).to.equal(
      'The key "old" has the same value: choose another.',
    );
    expect(hashes()).to.have.length(1);
  });

  it('say loudly that the first key closes the door, and that without the last it is open', async () => {
    const first = (await create('ci', { readOnly: true, projects: ['b', 'a', 'b'] })).notes.join('\n');
    expect(first)
      .to.contain('Key "ci" is made and works at once: it may read "a", "b".')
      .and.to.contain('THE FIRST KEY')
      .and.to.contain('key create --name SCRIPT')
      .and.to.contain('--value KEY');
    expect((await create('b')).notes.join('\n')).to.not.contain('FIRST');
    expect(revokeKey(data, 'ci')).to.deep.equal({
      lines: ['Key "ci" is revoked: it opens nothing any more.'],
      notes: [],
    });
    expect(revokeKey(data, 'b').notes.join('\n'))
      .to.contain('THE LAST KEY')
      .and.to.contain('lets nobody in, and does not start again without a key');
  });

  it('list what each key may, but no value', async () => {
    expect(listKeys(data)).to.deep.equal([]);
    await create('ci', { readOnly: true, projects: ['b', 'a'] });
    await create('tag\u202e');
    withStore(data, (store) => {
      store.setKeyUsed('ci', Date.UTC(2026, 0, 3));
    });
    expect(listKeys(data).map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'DATE'))).to.deep.equal([
      'NAME       MAY     PROJECTS  CREATED           LAST USED',
      'ci         read    a b       DATE  DATE',
      'tag\\u202e  change  (all)     DATE  never',
    ]);
  });

  const wrong: [string, Partial<NewKey>, string][] = [
    ['', {}, '"" cannot be the name of a key'],
    ['a\nb', {}, 'cannot be the name of a key'],
    ['ci', { projects: ['a/b'] }, '"a/b" cannot be the name of a project'],
    ['ci', { value: 'short' }, 'A key has 16 to 200 characters, and this value 5'],
    ['ci', { value: 'with:a:colon:in:it' }, 'without white space and colons'],
    ['ci', { value: 'pässword-pässword' }, 'ASCII characters'],
  ];
  for (const [name, more, says] of wrong) {
    it(`refuse the name "${name}" with ${JSON.stringify(more)}, and make nothing`, async () => {
      expect(await refusalOf(create(name, more), 'invalid')).to.contain(says);
      expect(hashes()).to.deep.equal([]);
    });
  }
});

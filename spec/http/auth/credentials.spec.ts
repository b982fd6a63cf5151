import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../../src/errors.ts';
import { Credentials, parseUsers } from '../../../src/http/auth/credentials.ts';
import { temporaryFolder } from '../serve.ts';

const parse = (text: string) =>
  [...parseUsers(Buffer.from(text, 'latin1'))].map(([user, password]) => [user, password.toString('latin1')]);

describe('the auth-db file', () => {
  it('has a user a line, as Scrapy Do reads them', () => {
    expect(
      parse('ann:secret\n\nno colon\n#bob:x\r\nann:second\n c : d \t\r\n:nameless\nempty:\nlast:p\xe9'),
    ).to.deep.equal([
      ['ann', 'secret'],
      ['#bob', 'x'],
      [' c ', ' d'],
      ['', 'nameless'],
      ['empty', ''],
      ['last', 'p\xe9'],
    ]);
  });

  it('keeps colons in passwords', () => {
    expect(parse('ann:a:b:c')).to.deep.equal([['ann', 'a:b:c']]);
  });

  it('is read again when it changes, also when another takes its place', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'auth.db');
    const credentials = new Credentials(path);
    for (let version = 0; version < 10; version++) {
      writeFileSync(`${path}.new`, `user${version}:x\n`);
      if (version % 2 === 0) renameSync(`${path}.new`, path);
      else writeFileSync(path, `user${version}:x\n`);
      expect([...(await credentials.users()).keys()]).to.deep.equal([`user${version}`]);
    }
  });

  it('is named in one sentence when it is missing, unreadable or names nobody', async () => {
    using folder = temporaryFolder();
    const fault = async (path: string) => {
      const error: unknown = await new Credentials(path).users().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UserError);
      expect((error as UserError).message).to.include(`"${path}"`);
      return (error as UserError).message;
    };
    const path = join(folder.path, 'auth.db');
    expect(await fault(path)).to.match(/does not exist\.$/);
    mkdirSync(path);
    expect(await fault(path)).to.match(/cannot be read/);
    const empty = join(folder.path, 'empty.db');
    writeFileSync(empty, '\n');
    chmodSync(empty, 0o600);
    expect(await fault(empty)).to.match(/names no user/);
  });
});

describe('a user by the settings', () => {
  const names = async (credentials: Credentials) =>
    [...(await credentials.users())].map(([name, password]) => [name, password.toString()]);
  const zoë = Buffer.from('zoë').toString('latin1');

  it('needs no file', async () => {
    expect(await names(new Credentials(null, { name: 'zoë', password: 'pä:ss' }))).to.deep.equal([
      [zoë, 'pä:ss'],
    ]);
  });

  it('stands beside those of the file, before one of the same name, and also when the file names nobody', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'auth.db');
    writeFileSync(path, 'ann:secret\nzoë:other\n');
    const credentials = new Credentials(path, { name: 'zoë', password: 'mine' });
    expect(await names(credentials)).to.have.deep.members([
      ['ann', 'secret'],
      [zoë, 'mine'],
    ]);
    writeFileSync(path, '\n');
    expect(await names(credentials)).to.deep.equal([[zoë, 'mine']]);
  });

  it('does not get in while the file cannot be read', async () => {
    const error: unknown = await new Credentials('/nowhere/auth.db', { name: 'ann', password: 'x' })
      .users()
      .catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(UserError).with.property('kind', 'unavailable');
  });

  it('name in words a user whose hash is none', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'auth.db');
    const cut = '$argon2id$v=19$m=19456,t=2,p=1$GuFblCr52gI5frm9OqCNFg';
    writeFileSync(path, `ann:secret\nzoë:${cut}\n`);
    for (const credentials of [
      new Credentials(path),
      new Credentials(null, { name: 'zoë', password: cut }),
    ]) {
      const error: unknown = await credentials.users().catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UserError).with.property('kind', 'unavailable');
      expect((error as UserError).message).to.match(
        /^The password of user "zoë" in .* looks like an argon2id hash/,
      );
      expect((error as UserError).message).to.not.contain('GuFbl');
    }
  });
});

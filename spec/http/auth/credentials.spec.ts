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

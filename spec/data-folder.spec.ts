import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeDataFolders } from '../src/data-folder.ts';
import { UserError } from '../src/errors.ts';
import { temporaryFolder } from './http/serve.ts';
import { silentLog } from './support/silent-log.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('the folders of a daemon', () => {
  it('are made, closed to others, logs and items elsewhere too', () => {
    using folder = temporaryFolder();
    const data = join(folder.path, 'a', 'data');
    const logs = join(folder.path, 'b', 'logs');
    const folders = makeDataFolders(data, { logs, items: join(data, 'items') }, silentLog);
    for (const path of [...Object.values(folders), logs, join(data, 'items')]) {
      expect(modeOf(path), path).to.equal(0o700);
    }
  });

  it('are closed to others if they were open, but for logs and items elsewhere, which others may have to read', () => {
    using folder = temporaryFolder();
    const [data, logs] = [join(folder.path, 'data'), join(folder.path, 'logs')];
    for (const path of [data, logs]) {
      mkdirSync(path);
      chmodSync(path, 0o755);
    }
    makeDataFolders(data, { logs, items: join(data, 'items') }, silentLog);
    expect([data, logs].map(modeOf)).to.deep.equal([0o700, 0o755]);
  });

  it('are named with their setting when they cannot be used', () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const data = join(folder.path, 'data');
    const wrong: [setting: string, path: string][] = [
      ['items', file],
      ['logs', join(file, 'logs')],
      ['logs', '/proc/orbweaver/logs'],
    ];
    for (const [setting, path] of wrong) {
      const outputs = { logs: join(data, 'logs'), items: join(data, 'items'), [setting]: path };
      expect(() => makeDataFolders(data, outputs, silentLog), path)
        .to.throw(UserError)
        .with.property('message')
        .that.matches(/^The folder ".*" cannot be used: .+\. Name another with --(logs|items), or mend it\.$/)
        .and.contains(`"${path}"`)
        .and.contains(`--${setting}`);
    }
  });
});

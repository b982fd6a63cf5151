import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import { openBesideDaemon } from '../../src/store/beside-daemon.ts';
import { takeDaemonLock, type DaemonLock } from '../../src/store/daemon-lock.ts';

describe('the store of a data folder, opened for a command', () => {
  let data = '';
  let lock: DaemonLock | null = null;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'orbweaver-store-'));
  });
  afterEach(() => {
    lock?.release();
    rmSync(data, { recursive: true });
  });

  const daemonStarts = () => {
    lock = takeDaemonLock(join(data, 'daemon.lock'), data);
  };
  const schema = (change = '') => {
    using db = new DatabaseSync(join(data, 'orbweaver.db'));
    db.exec(`PRAGMA user_version ${change}`);
    return db.prepare('PRAGMA user_version').get()?.user_version;
  };

  it('is made where there is none, and leaves the folder to a daemon', () => {
    const store = openBesideDaemon(data);
    daemonStarts();
    store.setVariables('quotes', { A: '1' });
    store.close();
    expect(schema()).to.be.a('number').above(0);
  });

  it('is there beside a daemon', () => {
    openBesideDaemon(data).close();
    daemonStarts();
    const store = openBesideDaemon(data);
    store.setVariables('quotes', { A: '1' });
    expect(store.variables('quotes')).to.have.length(1);
    store.close();
  });

  it('is brought to the newest schema, but not under a daemon that knows an older one', () => {
    const db = new DatabaseSync(join(data, 'orbweaver.db'));
    db.close();
    daemonStarts();
    expect(() => openBesideDaemon(data))
      .to.throw(UserError, `The daemon that uses the data folder "${data}" is an older Orbweaver`)
      .with.property('kind', 'conflict');
    expect(schema()).to.equal(0);
    lock?.release();
    openBesideDaemon(data).close();
    expect(schema()).to.be.above(0);
  });

  it('is refused when a newer release made it', () => {
    openBesideDaemon(data).close();
    schema('= 999');
    expect(() => openBesideDaemon(data)).to.throw(UserError, 'newer Orbweaver');
  });
});

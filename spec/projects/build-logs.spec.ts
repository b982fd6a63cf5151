import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { BuildLogs } from '../../src/projects/build-logs.ts';
import { silentLog } from '../support/silent-log.ts';

describe('the log of a build', () => {
  let folder: string;
  let logs: BuildLogs;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-builds-'));
    logs = new BuildLogs(folder, silentLog);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is begun by its first line, and is over when all builds of the project are', async () => {
    const [one, two] = [logs.begin('quotes'), logs.begin('quotes')];
    let over = 0;
    logs.onOver('quotes', () => (over += 1));
    expect(logs.isBuilding('quotes')).to.equal(false);
    one.write('first');
    two.write('second');
    await two.end();
    expect([logs.isBuilding('quotes'), over]).to.deep.equal([true, 0]);
    one.write('more of the first');
    await one.end();
    expect([logs.isBuilding('quotes'), over]).to.deep.equal([false, 1]);
    // They share the file: one may only wait for what the other makes.
    const lines = readFileSync(logs.path('quotes'), 'utf8').trimEnd().split('\n');
    expect(lines).to.have.members(['first', 'second', 'more of the first']);
    expect(statSync(logs.path('quotes')).mode & 0o777).to.equal(0o600);
    const next = logs.begin('quotes');
    next.write('anew');
    await next.end();
    expect(readFileSync(logs.path('quotes'), 'utf8')).to.equal('anew\n');
  });

  it('leaves the one before where nothing is built', async () => {
    const built = logs.begin('quotes');
    built.write('line');
    await built.end();
    await logs.begin('quotes').end();
    expect(readFileSync(logs.path('quotes'), 'utf8')).to.equal('line\n');
    logs.remove('quotes');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('has a file of its own in the folder, however a project is called', async () => {
    const names = [
      'a',
      'a b',
      'a_b',
      'a~b',
      '-rf',
      '.hidden',
      'é',
      '🕷'.repeat(50),
      'error',
      '%2e%2e',
      '…'.repeat(100),
    ];
    const paths = names.map((name) => logs.path(name));
    expect(new Set(paths.map((path) => path.toLowerCase())).size).to.equal(names.length);
    for (const [index, name] of names.entries()) {
      expect(dirname(paths[index]!)).to.equal(folder);
      const log = logs.begin(name);
      log.write(name);
      await log.end();
      expect(readFileSync(paths[index]!, 'utf8')).to.equal(`${name}\n`);
    }
  });

  it('is done without where it cannot be written', async () => {
    const nowhere = new BuildLogs(join(folder, 'missing'), silentLog);
    const log = nowhere.begin('quotes');
    log.write('line');
    await log.end();
    expect(nowhere.isBuilding('quotes')).to.equal(false);
  });
});

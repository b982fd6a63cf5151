import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Job } from '../../src/jobs/job.ts';
import { removeOldFiles } from '../../src/jobs/retention.ts';
import { OutputFiles } from '../../src/spiderhost/output-files.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest, aVersion } from '../support/samples.ts';

describe('the files of finished jobs', () => {
  let folder = '';
  let store: Store;
  let outputs: OutputFiles;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-jobs-'));
    for (const name of ['logs', 'items', 'stats']) mkdirSync(join(folder, name));
    store = openSqliteStore(join(folder, 'db'));
    store.addVersion(aVersion());
    outputs = new OutputFiles(folder);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  /** A job that started at a time, with a log and items. */
  const running = (spider: string, at: number): Job => {
    const { id } = store.addJob({ request: aRequest({ spider }), actor: 'USER' }, at);
    for (const path of [outputs.paths(id).stderr, outputs.paths(id).items]) writeFileSync(path, 'x');
    return store.changeState(id, 'RUNNING', { versionId: 1, startedAt: at }, at);
  };
  const finished = (spider: string, at: number): Job =>
    store.changeState(running(spider, at).id, 'SUCCESSFUL', { finishedAt: at + 1, outputBytes: 2 }, at + 1);
  const hasFiles = ({ id }: Job) => [outputs.paths(id).stderr, outputs.paths(id).items].some(existsSync);

  it('go beyond the newest of each spider, and the records stay', async () => {
    const runs = running('css', 0);
    const css = [1, 2, 3, 4].map((at) => finished('css', at * 10));
    const xpath = [5, 6].map((at) => finished('xpath', at * 10));
    expect(await removeOldFiles(store, outputs, 2)).to.equal(2);
    expect(css.map(hasFiles)).to.deep.equal([false, false, true, true]);
    expect([runs, ...xpath].every(hasFiles)).to.equal(true);
    expect([...css, ...xpath].map(({ id }) => store.job(id)?.state)).to.deep.equal(
      new Array(6).fill('SUCCESSFUL'),
    );
    expect(await removeOldFiles(store, outputs, 2)).to.equal(0);
  });

  it('go all, however few the store names at a time', async () => {
    const all = store.outputsBeyond.bind(store);
    store.outputsBeyond = (perSpider) => all(perSpider, 2);
    const jobs = [1, 2, 3, 4, 5, 6].map((at) => finished('css', at * 10));
    expect(await removeOldFiles(store, outputs, 1)).to.equal(5);
    expect(jobs.map(hasFiles)).to.deep.equal([false, false, false, false, false, true]);
  });
});

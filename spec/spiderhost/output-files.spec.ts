import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Records } from '../../src/records/records.ts';
import { OutputFiles } from '../../src/spiderhost/output-files.ts';
import { temporaryFolder } from '../http/serve.ts';
import { textOf } from '../support/text-of.ts';

describe('what runs leave', () => {
  it('is in the data folder', () => {
    expect(new OutputFiles('/d').paths('id')).to.deep.equal({
      stdout: '/d/logs/id.out',
      stderr: '/d/logs/id.err',
      items: '/d/items/id.jl',
      stats: '/d/stats/id.json',
      records: '/d/records/id',
    });
  });

  it('is elsewhere if the settings say so', () => {
    expect(new OutputFiles('/d', { logs: '/l', items: '/i/j' }).paths('id')).to.deep.equal({
      stdout: '/l/id.out',
      stderr: '/l/id.err',
      items: '/i/j/id.jl',
      stats: '/d/stats/id.json',
      records: '/d/records/id',
    });
  });

  it('says why a run could not start, where its log is read', async () => {
    using folder = temporaryFolder();
    const outputs = new OutputFiles(folder.path);
    mkdirSync(join(folder.path, 'logs'));
    outputs.note('id', 'no such folder "é"', 7);
    expect(textOf(outputs.paths('id').stderr)).to.equal('no such folder "é"\n');
    const entries: string[] = [];
    for await (const rows of new Records((id) => outputs.paths(id)).read('id', 'logs')) {
      entries.push(...rows.map(({ line }) => line.toString()));
    }
    expect(entries).to.deep.equal(['{"time":7,"level":40,"message":"no such folder \\"é\\""}']);
  });

  it('is removed wherever it is, and known by what is in the data folder: elsewhere is not all ours', () => {
    using folder = temporaryFolder();
    const [data, logs] = [join(folder.path, 'data'), join(folder.path, 'logs')];
    for (const path of [data, join(data, 'items'), join(data, 'stats'), join(data, 'records'), logs])
      mkdirSync(path);
    const removed: string[] = [];
    const outputs = new OutputFiles(data, { logs }, (id) => removed.push(id));
    writeFileSync(join(logs, 'foreign.err'), 'x');
    const { records, ...files } = outputs.paths('id');
    mkdirSync(records);
    const all = [...Object.values<string>(files), join(records, 'logs.jl'), join(records, 'logs.index')];
    for (const path of all) writeFileSync(path, 'x');
    mkdirSync(outputs.paths('killed-early').records);
    expect([...outputs.jobIds()]).to.have.members(['id', 'killed-early']);
    expect(outputs.size('id')).to.equal(6);
    outputs.remove('id');
    expect(removed).to.deep.equal(['id']);
    expect(outputs.size('id')).to.equal(0);
    expect(existsSync(join(logs, 'foreign.err'))).to.equal(true);
  });
});

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { OutputFiles } from '../../src/spiderhost/output-files.ts';
import { temporaryFolder } from '../http/serve.ts';

describe('what runs leave', () => {
  it('is in the data folder', () => {
    expect(new OutputFiles('/d').paths('id')).to.deep.equal({
      stdout: '/d/logs/id.out',
      stderr: '/d/logs/id.err',
      items: '/d/items/id.jl',
      stats: '/d/stats/id.json',
    });
  });

  it('is elsewhere if the settings say so', () => {
    expect(new OutputFiles('/d', { logs: '/l', items: '/i/j' }).paths('id')).to.deep.equal({
      stdout: '/l/id.out',
      stderr: '/l/id.err',
      items: '/i/j/id.jl',
      stats: '/d/stats/id.json',
    });
  });

  it('is removed wherever it is, and known by what is in the data folder: elsewhere is not all ours', () => {
    using folder = temporaryFolder();
    const [data, logs] = [join(folder.path, 'data'), join(folder.path, 'logs')];
    for (const path of [data, join(data, 'items'), join(data, 'stats'), logs]) mkdirSync(path);
    const outputs = new OutputFiles(data, { logs });
    writeFileSync(join(logs, 'foreign.err'), 'x');
    for (const path of Object.values<string>({ ...outputs.paths('id') })) writeFileSync(path, 'x');
    expect([...outputs.jobIds()]).to.deep.equal(['id']);
    expect(outputs.size('id')).to.equal(4);
    outputs.remove('id');
    expect(outputs.size('id')).to.equal(0);
    expect(existsSync(join(logs, 'foreign.err'))).to.equal(true);
  });
});

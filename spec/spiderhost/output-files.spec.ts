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

  it('is counted by the stats, and by what is kept where the stats know of less', () => {
    using folder = temporaryFolder();
    const outputs = new OutputFiles(folder.path);
    const { records, stats, items } = outputs.paths('id');
    for (const path of [join(folder.path, 'stats'), join(folder.path, 'items'), records])
      mkdirSync(path, { recursive: true });
    const totalsOf = (written: object) => {
      writeFileSync(stats, JSON.stringify(written));
      return outputs.result('id').totals;
    };
    const counted = { item_scraped_count: 1, response_received_count: 2, 'log_count/CRITICAL': 1 };
    expect(totalsOf(counted)).to.deep.equal({ items: 1, pages: 2, logs: 1, errors: 1 });

    const entry = (level: number) => `${JSON.stringify({ time: 1, level, message: 'ü "level":40' })}\n`;
    const [known, item] = [entry(10) + entry(40), '{"a": "ü"}\n'];
    // A killed run has counted not all of them, and left the last one unfinished.
    writeFileSync(join(records, 'logs.jl'), `${known}${entry(50)}${entry(20)}{"time":1,"level":40,"mess`);
    writeFileSync(items, `${item}${item}{"a": "`);
    const tally = { count: 2, bytes: 2, counts: { 10: 1, 40: 1 }, offset: Buffer.byteLength(known) };
    for (const text of [JSON.stringify(tally), '{"count":2,"counts":{"40":"many"},"offset":0}', 'no tally']) {
      writeFileSync(join(records, 'logs.tally'), text);
      expect(totalsOf(counted)).to.deep.equal({ items: 2, pages: 2, logs: 4, errors: 2 });
    }
    const itemTally = { count: 1, bytes: 2, counts: { a: 1 }, offset: Buffer.byteLength(item) };
    writeFileSync(join(records, 'items.tally'), JSON.stringify(itemTally));
    expect(totalsOf(counted)).to.include({ items: 2 });
    const more = { 'log_count/INFO': 100, 'log_count/ERROR': 5, item_scraped_count: 9 };
    expect(totalsOf(more)).to.deep.equal({ items: 9, pages: 0, logs: 105, errors: 5 });
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

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { JOB, recordsFolder } from './folder.ts';

/** The totals without where they end. */
async function tallyOf(
  job: ReturnType<typeof recordsFolder>,
  kind: 'items' | 'logs' | 'requests',
  isWritten = false,
) {
  const { count, bytes, counts } = await job.records.tally(JOB, kind, isWritten);
  return { count, bytes, counts: Object.fromEntries(counts) };
}

describe('totals of records', () => {
  it('of items have how many have each field, and their size in MessagePack', async () => {
    using job = recordsFolder();
    await job.append('items', ['{"a":1,"b":{"c":[1.0]}}', '{"a":null,"\\u00e9":"\\u00e9"}', '{}']);
    // 82 a161 01 a162 81 a163 91 cb…: 1+2+1+2+1+2+1+9; 82 a161 c0 a2c3a9 a2c3a9: 1+2+1+3+3; 80: 1.
    expect(await tallyOf(job, 'items')).to.deep.equal({ count: 3, bytes: 30, counts: { a: 2, b: 1, é: 1 } });
  });

  it('of log entries have how many are of each level, and the size of their messages', async () => {
    using job = recordsFolder();
    await job.append('logs', [
      '{"time":1,"level":20,"message":"four"}',
      '{"level":40,"message":"é","extra":"message"}',
      '{"level":20}',
    ]);
    expect(await tallyOf(job, 'logs')).to.deep.equal({ count: 3, bytes: 5 + 3, counts: { 20: 2, 40: 1 } });
  });

  it('of the log entries of a recording have its size', async () => {
    using job = recordsFolder();
    const levels = ['debug', 'info', 'warning', 'warn', 'error'];
    const messages = [
      'simple-msg1',
      'simple-msg2',
      'simple-msg3',
      ...levels.map((level) => `${level}-msg`),
      'test',
    ];
    await job.append(
      'logs',
      messages.map((message) => JSON.stringify({ message })),
    );
    expect(await tallyOf(job, 'logs')).to.include({ count: 9, bytes: 91 });
  });

  it('of requests have their fields, but not the time and none that is null', async () => {
    using job = recordsFolder();
    await job.append('requests', ['{"url":"u","parent":null,"time":5}', '{"url":"v","parent":0,"time":6}']);
    expect(await tallyOf(job, 'requests')).to.deep.equal({
      count: 2,
      bytes: 42,
      counts: { url: 2, parent: 1 },
    });
  });

  it('go on from what the run has counted, and are written down only when no run does that', async () => {
    using job = recordsFolder();
    const { tally } = job.files('items');
    job.write('items', '{"a":1}\n{"a":2}\n{"cut', [{ number: 0, offset: 0, ts: 1 }]);
    const counted = JSON.stringify({ count: 7, bytes: 70, counts: { a: 7 }, offset: 8 });
    writeFileSync(tally, counted);
    expect(await tallyOf(job, 'items', true)).to.deep.equal({ count: 8, bytes: 74, counts: { a: 8 } });
    expect(readFileSync(tally, 'utf8')).to.equal(counted);
    await tallyOf(job, 'items', false);
    expect(JSON.parse(readFileSync(tally, 'utf8'))).to.deep.equal({
      count: 8,
      bytes: 74,
      counts: { a: 8 },
      offset: 16,
    });
  });

  it('are counted anew where what was written down cannot be of these records', async () => {
    using job = recordsFolder();
    job.write('items', '{"a":1}\n{"a":2}\n');
    for (const text of [
      '',
      'null',
      '[]',
      '{"count":-1,"bytes":1,"counts":{},"offset":1}',
      '{"count":1,"bytes":1,"counts":null,"offset":1}',
      '{"count":1,"bytes":1,"counts":{},"offset":99}',
    ]) {
      writeFileSync(job.files('items').tally, text);
      expect(await tallyOf(job, 'items', true), text).to.deep.equal({ count: 2, bytes: 8, counts: { a: 2 } });
    }
  });

  it('are written down for nobody who has no records', async () => {
    using job = recordsFolder();
    expect(await tallyOf(job, 'logs')).to.deep.equal({ count: 0, bytes: 0, counts: {} });
    expect(existsSync(job.files('logs').tally)).to.equal(false);
  });

  it('do not end in what a spider wrote that is no JSON', async () => {
    using job = recordsFolder();
    job.write('items', '{"a":}\n{\n{"a" "b"}\n{"__proto__":1}\n{"\\x":1}\n{{{{}}}}\n');
    const { count } = await tallyOf(job, 'items');
    expect(count).to.equal(5);
  });
});

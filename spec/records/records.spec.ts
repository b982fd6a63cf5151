import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { entryBytes } from '../../src/records/index-file.ts';
import { JOB, recordsFolder } from './folder.ts';

const item = (n: number) => JSON.stringify({ n });
const items = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => item(from + at));

describe('records', () => {
  it('come back as they went in, with their numbers', async () => {
    using job = recordsFolder();
    const texts = ['{"b":1.0,"a":12345678901234567890}', '{"é":"\u2028😀"}', '[1,2.50]'];
    await job.append('items', texts);
    expect(await job.rows('items')).to.deep.equal(texts.map((text, at) => [at, text]));
    expect(await job.rows('items', 2)).to.deep.equal([[2, texts[2]]]);
    expect(await job.rows('items', 3)).to.be.empty;
  });

  it('are none for a job that left none', async () => {
    using job = recordsFolder();
    expect(await job.rows('logs')).to.be.empty;
    expect(await job.records.tally(JOB, 'logs', false)).to.include({ count: 0, bytes: 0 });
  });

  it('do not come back, and are no fault, when the job is removed while some are stored', async () => {
    for (let turns = 0; turns < 40; turns++) {
      using job = recordsFolder();
      await job.append('items', items(0, 10));
      const stored = job.append('items', items(10, 20));
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      job.records.drop(JOB);
      rmSync(job.files('items').lines, { force: true });
      rmSync(join(job.folder, 'records'), { recursive: true, force: true });
      await stored;
      const left = readdirSync(job.folder, { recursive: true });
      expect(
        left.filter((name) => name !== 'records'),
        `after ${turns} turns`,
      ).to.be.empty;
    }
  });

  it('are stored once when a batch is sent again', async () => {
    using job = recordsFolder();
    await job.append('items', items(0, 10), { start: 0 });
    await job.append('items', items(0, 10), { start: 0 });
    await job.append('items', items(5, 15), { start: 5 });
    expect(await job.rows('items')).to.deep.equal(items(0, 15).map((text, at) => [at, text]));
  });

  it('replace those with the same number and leave those behind them', async () => {
    using job = recordsFolder();
    await job.append('items', items(0, 200));
    await job.append('items', ['{"new":1}', '{"a longer one":2}'], { start: 100, now: 2000 });
    const rows = await job.rows('items', 98);
    expect(rows.slice(0, 5)).to.deep.equal([
      [98, item(98)],
      [99, item(99)],
      [100, '{"new":1}'],
      [101, '{"a longer one":2}'],
      [102, item(102)],
    ]);
    expect(rows).to.have.length(102);
    expect((await job.records.tally(JOB, 'items', false)).counts).to.deep.equal(
      new Map([
        ['n', 198],
        ['new', 1],
        ['a longer one', 1],
      ]),
    );
  });

  it('may leave a gap, which may be filled later', async () => {
    using job = recordsFolder();
    await job.append('items', items(0, 2));
    await job.append('items', items(500, 502), { start: 500 });
    expect((await job.rows('items')).map(([number]) => number)).to.deep.equal([0, 1, 500, 501]);
    await job.append('items', items(10, 12), { start: 10 });
    expect((await job.rows('items')).map(([number]) => number)).to.deep.equal([0, 1, 10, 11, 500, 501]);
    await job.append('items', [item(502)]);
    expect(await job.rows('items', 502)).to.deep.equal([[502, item(502)]]);
  });

  it('have one time a batch, another than every other batch', async () => {
    using job = recordsFolder();
    await Promise.all([0, 1, 2].map((n) => job.append('logs', items(100 * n, 100 * n + 100))));
    const times = await job.times('logs');
    expect(times).to.have.length(300);
    expect(times).to.deep.equal([1000, 1001, 1002].flatMap((ts) => Array(100).fill(ts) as number[]));
  });

  it('of a run stay: nothing is added while it writes, and nothing replaced afterwards', async () => {
    using job = recordsFolder();
    job.write('items', `${item(0)}\n${item(1)}\n`, [{ number: 0, offset: 0, ts: 5 }]);
    await job.append('items', items(7, 10), { start: 0, writer: 'writes' });
    expect(await job.rows('items')).to.have.length(2);
    await job.append('items', items(7, 10), { start: 0, writer: 'wrote' });
    expect(await job.rows('items')).to.deep.equal([
      [0, item(0)],
      [1, item(1)],
      [2, item(9)],
    ]);
  });

  it('may be from when no index was kept', async () => {
    using job = recordsFolder();
    writeFileSync(job.files('items').lines, `${item(0)}\n${item(1)}\n`);
    expect(await job.rows('items', 1)).to.deep.equal([[1, item(1)]]);
    await job.append('items', [item(2)], { now: Date.now() + 5000 });
    expect(await job.rows('items')).to.deep.equal([
      [0, item(0)],
      [1, item(1)],
      [2, item(2)],
    ]);
  });

  it('are read up to the last whole line while a run writes', async () => {
    using job = recordsFolder();
    job.write('logs', `${item(0)}\n{"n":`, [{ number: 0, offset: 0, ts: 5 }]);
    expect(await job.rows('logs')).to.deep.equal([[0, item(0)]]);
    job.write('logs', '1}\n');
    expect(await job.rows('logs')).to.deep.equal([
      [0, item(0)],
      [1, '{"n":1}'],
    ]);
  });

  it('do not count a line that a full disk cut off', async () => {
    using job = recordsFolder();
    const torn = `${item(0)}\n{"a":{"b":1}\n`;
    job.write('logs', `${torn}${item(1)}\n`, [
      { number: 0, offset: 0, ts: 5 },
      { number: 1, offset: torn.length, ts: 6 },
    ]);
    expect(await job.rows('logs')).to.deep.equal([
      [0, item(0)],
      [1, item(1)],
    ]);
    job.write('logs', '{"cut":"o');
    await job.append('logs', [item(2)]);
    expect(await job.rows('logs', 1)).to.deep.equal([
      [1, item(1)],
      [2, item(2)],
    ]);
    expect(job.text('logs')).not.to.include('cut');
  });

  it('do not end in a stale or hostile index', async () => {
    using job = recordsFolder();
    job.write('logs', `${item(0)}\n${item(1)}\n`, [
      { number: 9, offset: 0, ts: 5 },
      { number: 3, offset: 8, ts: 6 },
      { number: 4, offset: 5000, ts: 7 },
    ]);
    truncateSync(job.files('logs').index, 3 * 24 - 5);
    expect(await job.rows('logs')).not.to.be.empty;
    await job.append('logs', [item(2)]);
    expect((await job.rows('logs')).at(-1)?.[1]).to.equal(item(2));
  });

  it('that are longer than any piece that is read are read', async () => {
    using job = recordsFolder();
    const texts = [item(1), JSON.stringify(['x'.repeat(900_000)]), item(2)];
    await job.append('items', texts);
    expect(await job.rows('items')).to.deep.equal(texts.map((text, at) => [at, text]));
  });

  it('at the end of 5 million are found without reading those before', async () => {
    using job = recordsFolder();
    const { lines, index } = job.files('logs');
    mkdirSync(join(job.folder, 'records'));
    const [count, width] = [5_000_000, 200];
    const recordAt = (number: number) => `{"n":"${String(number).padStart(width - 9, '0')}"}\n`;
    expect(recordAt(1)).to.have.length(width);
    // All but the end is a hole: whoever reads it finds no records there.
    const file = openSync(lines, 'w');
    ftruncateSync(file, (count - 64) * width);
    const last = Array.from({ length: 64 }, (_, at) => recordAt(count - 64 + at)).join('');
    writeSync(file, last, (count - 64) * width);
    closeSync(file);
    const entries = Array.from({ length: count / 64 }, (_, at) => ({
      number: at * 64,
      offset: at * 64 * width,
      ts: at,
    }));
    writeFileSync(index, entryBytes(entries));

    const before = bytesRead();
    const rows = await job.rows('logs', count - 10);
    expect(bytesRead() - before).to.be.below(100_000);
    expect(rows.map(([number]) => number)).to.deep.equal(
      Array.from({ length: 10 }, (_, at) => count - 10 + at),
    );
  });

  it('are read on where they are now when others are replaced meanwhile', async () => {
    using job = recordsFolder();
    await job.append('items', items(0, 20_000));
    const reading = job.records.read(JOB, 'items');
    const seen: number[] = [];
    for await (const rows of reading) {
      if (seen.length === 0)
        await job.append('items', ['{"n":"as long as it may be, so that all others move"}'], { start: 0 });
      for (const { number, line } of rows) {
        seen.push(number);
        if (number > 0) expect(line.toString()).to.equal(item(number));
      }
    }
    expect(seen).to.deep.equal(Array.from({ length: 20_000 }, (_, at) => at));
  });

  it('are as if each batch was written into a list', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            start: fc.option(fc.integer({ min: 0, max: 12 })),
            values: fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 5 }),
          }),
          { maxLength: 8 },
        ),
        async (batches) => {
          using job = recordsFolder();
          const model = new Map<number, string>();
          for (const { start, values } of batches) {
            const first = start ?? Math.max(-1, ...model.keys()) + 1;
            values.forEach((value, at) => model.set(first + at, item(value)));
            await job.append('items', values.map(item), { start });
          }
          const expected = [...model].sort(([one], [other]) => one - other);
          expect(await job.rows('items')).to.deep.equal(expected);
          const { count } = await job.records.tally(JOB, 'items', false);
          expect(count).to.equal(model.size);
          for (const [number] of expected)
            expect((await job.rows('items', number))[0]).to.deep.equal([number, model.get(number)]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** Bytes that this process has read, of any file. */
function bytesRead(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { onSmallDisk } from '../support/small-disk.ts';
import { JOB, recordsFolder } from './folder.ts';

const APPEND_FOREVER = join(import.meta.dirname, 'append-forever.ts');
const texts = Array.from({ length: 100 }, (_, n) => JSON.stringify({ n }));
const numbered = (lines: string[]) => lines.map((line, at): [number, string] => [at, line]);

describe('storing records', () => {
  it('survives a kill at any moment: each batch is there as a whole, and none is lost that was acknowledged', async () => {
    using job = recordsFolder();
    let [next, total] = [0, 0];
    const acknowledged = new Set<number>();
    for (const waitFor of [1, 4, 2]) {
      const child = spawn(process.execPath, [APPEND_FOREVER, job.folder, String(next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.add(Number(line));
        if (Number(line) >= next + waitFor) child.kill('SIGKILL');
      }
      await exited;
      const reader = job.another();
      const rows = (await job.rows('items', 0, reader)).map(([number, text]) => ({
        number,
        ...(JSON.parse(text) as { batch: number; at: number; fill: string }),
      }));
      total = rows.length / 50;
      expect(total).to.be.at.least(Math.max(...acknowledged) + 1);
      for (const [at, row] of rows.entries()) {
        expect(row).to.include({ number: at, batch: Math.floor(at / 50), at: at % 50 });
        expect(row.fill).to.equal(rows[at - (at % 50)]?.fill);
        // The last of each process may be there without its replacement, and is then never acknowledged.
        if (acknowledged.has(row.batch)) expect(row.fill.startsWith('yy')).to.equal(row.batch % 2 === 1);
      }
      expect((await reader.tally(JOB, 'items', false)).count).to.equal(rows.length);
      next = total;
    }
  }).timeout(20_000);

  it('takes back what it wrote when it cannot write all', async () => {
    using job = recordsFolder();
    const { lines, redo } = job.files('items');
    const makeWritable = preventIndex(job);
    await failed(job.append('items', texts));
    expect(statSync(lines).size).to.equal(0);
    expect(existsSync(redo)).to.equal(false);
    makeWritable();
    await job.append('items', texts);
    expect(await job.rows('items')).to.deep.equal(numbered(texts));
  });

  it('makes a replacement that was cut off when the records are read or written next', async () => {
    using job = recordsFolder();
    await job.append('items', texts);
    const makeWritable = preventIndex(job);
    await failed(job.append('items', ['{"new":1}'], { start: 0 }));
    await failed(job.rows('items'));
    makeWritable();
    expect(await job.rows('items', 0, job.another())).to.deep.equal(
      numbered(['{"new":1}', ...texts.slice(1)]),
    );
  });

  it('forgets a batch whose writing down was cut off', async () => {
    using job = recordsFolder();
    await job.append('items', texts);
    const { lines, redo } = job.files('items');
    const before = readFileSync(lines);
    const makeWritable = preventIndex(job);
    await failed(job.append('items', ['{"new":1}'], { start: 0 }));
    makeWritable();
    writeFileSync(lines, before);
    truncateSync(redo, statSync(redo).size - 1);
    expect(await job.rows('items', 0, job.another())).to.deep.equal(numbered(texts));
    expect(existsSync(redo)).to.equal(false);
  });

  it('says that the disk is full, and keeps what was stored', async () => {
    using job = recordsFolder();
    const [command = '', ...before] = await onSmallDisk(job.folder, 2);
    const child = spawn(command, [...before, process.execPath, APPEND_FOREVER, job.folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) said.push(line);
    const stored = said.length - 1;
    expect(stored).to.be.greaterThan(3);
    expect(said.at(-1)).to.match(/^The disk is full: the records could not be stored\..* \d+$/);
    expect(Number(said.at(-1)?.split(' ').at(-1))).to.be.oneOf([stored * 50, stored * 50 + 50]);
  });
});

/** Makes writing to the index of items fail, which is found out when the lines are written; gives what ends that. */
function preventIndex(job: ReturnType<typeof recordsFolder>): () => void {
  const { index } = job.files('items');
  mkdirSync(dirname(index), { recursive: true });
  rmSync(index, { force: true });
  symlinkSync(join(job.folder, 'missing', 'index'), index);
  return () => {
    rmSync(index);
  };
}

async function failed(promise: Promise<unknown>): Promise<void> {
  const isFailed = await promise.then(
    () => false,
    () => true,
  );
  expect(isFailed).to.equal(true);
}

// Appends batches to the records of one job until it is killed or refused; says the number of each that was stored, and
// last why it was refused and how many records there are.
import { join } from 'node:path';
import { toError } from '../../src/errors.ts';
import { Records } from '../../src/records/records.ts';

const [folder = '', first = '0'] = process.argv.slice(2);
const records = new Records(() => ({ items: join(folder, 'items.jl'), records: join(folder, 'records') }));
const append = (texts: string[], start: number) =>
  records.append('job', 'items', texts, { start, now: Date.now(), writer: 'none' });

try {
  for (let batch = Number(first); ; batch++) {
    const texts = Array.from({ length: 50 }, (_, at) =>
      JSON.stringify({ batch, at, fill: 'x'.repeat(2000) }),
    );
    await append(texts, batch * 50);
    // Every other one is replaced by itself, changed.
    if (batch % 2 === 1)
      await append(
        texts.map((text) => text.replace('x', 'yy')),
        batch * 50,
      );
    process.stdout.write(`${batch}\n`);
  }
} catch (error) {
  const { count } = await records.tally('job', 'items', true);
  process.stdout.write(`${toError(error).message} ${count}\n`);
}

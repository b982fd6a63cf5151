import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryBytes, type IndexEntry } from '../../src/records/index-file.ts';
import { filesOf, type RecordKind } from '../../src/records/record-kind.ts';
import { Records, type AppendOptions } from '../../src/records/records.ts';

export const JOB = 'job';

/** A folder with the records of one job, and what reads and writes them. */
export function recordsFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'orbweaver-records-'));
  const paths = () => ({ items: join(folder, 'items.jl'), records: join(folder, 'records') });
  const records = new Records(paths);
  const files = (kind: RecordKind) => filesOf(paths(), kind);
  return {
    folder,
    records,
    files,
    /** The same files, as a daemon started anew reads them. */
    another: () => new Records(paths),
    /** All rows as `[number, text]`. */
    async rows(kind: RecordKind, from = 0, reader = records) {
      const rows: [number, string][] = [];
      for await (const piece of reader.read(JOB, kind, { from }))
        rows.push(...piece.map(({ number, line }): [number, string] => [number, line.toString()]));
      return rows;
    },
    async times(kind: RecordKind) {
      const times: number[] = [];
      for await (const piece of records.read(JOB, kind)) times.push(...piece.map(({ ts }) => ts));
      return times;
    },
    append: (kind: RecordKind, texts: string[], options: Partial<AppendOptions> = {}) =>
      records.append(JOB, kind, texts, { start: null, now: 1000, writer: 'none', ...options }),
    /** As the process of a run writes. */
    write(kind: RecordKind, text: string, entries: IndexEntry[] = []) {
      mkdirSync(join(folder, 'records'), { recursive: true });
      appendFileSync(files(kind).lines, text);
      appendFileSync(files(kind).index, entryBytes(entries));
    },
    text: (kind: RecordKind) => readFileSync(files(kind).lines, 'utf8'),
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

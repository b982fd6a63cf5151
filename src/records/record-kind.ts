import { join } from 'node:path';

/** What a run leaves records of. Samples come by HTTP only. */
export type RecordKind = 'items' | 'logs' | 'requests' | 'samples';

/** Where a job keeps its records; absolute. */
export interface RecordPaths {
  /** The file of its items. */
  items: string;
  /** The folder of all else; it need not exist. */
  records: string;
}

/** The files of one kind of a job's records. None need exist. */
export interface KindFiles {
  /** One JSON document a line, each ended by a line feed. */
  lines: string;
  /** Which record begins where: see {@link IndexFile}. */
  index: string;
  /** Totals: see {@link Tally}. */
  tally: string;
  /** A batch that is being stored: see {@link Redo}. */
  redo: string;
}

export function filesOf({ items, records }: RecordPaths, kind: RecordKind): KindFiles {
  const own = (extension: string) => join(records, `${kind}.${extension}`);
  return {
    lines: kind === 'items' ? items : own('jl'),
    index: own('index'),
    tally: own('tally'),
    redo: own('redo'),
  };
}

import type { Environment } from '../src/projects/environment.ts';

/** What a row is measured with. */
export interface Bench {
  /** The Python environment of Orbweaver, whose version of Scrapy all targets run. */
  environment: Environment;
  /** A new folder, removed at the end of the row with every process that still names it. */
  folder: () => string;
  /** Tells the person at the terminal what goes on, out of the way of the result. */
  note: (text: string) => void;
}

/** A table of what was measured. The first column is of names. */
export interface Table {
  caption: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** One figure that a row must reach. */
export interface Claim {
  /** `to the bare fork server, ms from request to spider`. */
  what: string;
  measured: number;
  /** `x`, `ms`, `MiB`: follows the number. */
  unit: string;
  limit: { atMost: number } | { atLeast: number };
}

export interface Result {
  claims: readonly Claim[];
  tables: readonly Table[];
}

/** One row of the table in `docs/benchmarks.md`. */
export interface Row {
  /** `dispatch`, as in `npm run bench -- dispatch`. */
  name: string;
  /** What is measured, in a few words. */
  what: string;
  /** The page of `docs/` that has its tables, if that is not `benchmarks.md`; it has no claims then. */
  page?: string;
  measure: (bench: Bench) => Promise<Result>;
  /** A shorter one, without peers, against the baselines that are built in; only for rows whose claims are ratios to them. */
  quick?: (bench: Bench) => Promise<Result>;
}

export function isReached({ measured, limit }: Claim): boolean {
  return 'atMost' in limit ? measured <= limit.atMost : measured >= limit.atLeast;
}

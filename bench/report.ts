import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isReached, type Claim, type Result, type Row } from './row.ts';
import { ROWS } from './rows.ts';
import { markdownTable, short } from './support/table.ts';

const RESULTS = join(import.meta.dirname, 'results.json');
const DOCS = join(import.meta.dirname, '..', 'docs');
const PAGE = 'benchmarks.md';

/** What was measured of a row at last. */
interface Kept extends Result {
  /** `2026-11-22`. */
  day: string;
  machine: string;
}

/** Every row's claims beside what was measured. */
export function claimsTable(results: ReadonlyMap<Row, Result>): string {
  const lines = [...results].flatMap(([{ name }, { claims }]) =>
    claims.map((claim) => [name, ...cells(claim)]),
  );
  return markdownTable(['row', 'figure', 'must be', 'measured', 'reached'], lines);
}

/** The claims and tables of one row. */
export function resultText({ claims, tables }: Result): string {
  const claimed = markdownTable(['figure', 'must be', 'measured', 'reached'], claims.map(cells));
  const captioned = tables.map(({ caption, head, rows }) => `${caption}:\n\n${markdownTable(head, rows)}`);
  return [...(claims.length === 0 ? [] : [claimed]), ...captioned].join('\n\n');
}

/**
 * Puts what was measured into the pages, between the marks of the row; the text around them is written by hand. The
 * table on top of `docs/benchmarks.md` is of the latest results of all rows.
 */
export function writeReport(row: Row, result: Result, machine: string): void {
  const results = kept();
  results[row.name] = { day: new Date().toISOString().slice(0, 10), machine, ...result };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  const measured = ROWS.flatMap((one): [Row, Kept][] => {
    const result = results[one.name];
    return result === undefined ? [] : [[one, result]];
  });
  change(PAGE, 'summary', claimsTable(new Map(measured)));
  for (const [{ name, page = PAGE }, latest] of measured)
    change(page, name, `Measured on ${latest.day}: ${latest.machine}.\n\n${resultText(latest)}`);
}

/** Puts something between two marks of a page of `docs/`. */
function change(page: string, name: string, content: string): void {
  const path = join(DOCS, page);
  writeFileSync(path, between(page, readFileSync(path, 'utf8'), name, content));
}

function kept(): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Record<string, Kept>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

function between(page: string, text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/${page} has no "${begin} … ${end}".`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function cells(claim: Claim): string[] {
  const { what, measured, unit, limit } = claim;
  const [word, bound] = 'atMost' in limit ? ['at most', limit.atMost] : ['at least', limit.atLeast];
  return [what, `${word} ${amount(bound, unit)}`, amount(measured, unit), isReached(claim) ? 'yes' : 'NO'];
}

function amount(number: number, unit: string): string {
  return unit === 'x' ? `${short(number)}x` : `${short(number)} ${unit}`;
}

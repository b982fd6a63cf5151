// `npm run bench [-- ROW…]`: measures Orbweaver beside its peers and writes what came out to `docs/benchmarks.md`.
// `npm run bench -- --quick`: only ours against the baselines that are built in; fails when a row falls below its limit.
import { parseArgs } from 'node:util';
import { ENVIRONMENTS } from '../spec/support/daemon.ts';
import { toError, UserError } from '../src/errors.ts';
import { ensureEnvironment, type Environment } from '../src/projects/environment.ts';
import { claimsTable, resultText, writeReport } from './report.ts';
import { isReached, type Bench, type Result, type Row } from './row.ts';
import { ROWS } from './rows.ts';
import { machine } from './support/machine.ts';
import { Scratch } from './support/scratch.ts';

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  note(inWords(error));
  process.exitCode = 1;
}

/** Whether all is well. */
async function main(): Promise<boolean> {
  const { isQuick, rows } = readArguments();
  const environment = await ensureEnvironment({ environmentsFolder: ENVIRONMENTS, onProgress: note });
  print(`${machine(environment)}\n`);
  return isQuick ? quick(rows, environment) : full(rows, environment);
}

function readArguments(): { isQuick: boolean; rows: readonly Row[] } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { quick: { type: 'boolean', default: false } },
    });
    const having = ROWS.filter((row) => !values.quick || row.quick !== undefined);
    const rows = positionals.length === 0 ? having : positionals.map(rowNamed);
    if (!rows.every((row) => having.includes(row)))
      throw new Error(`Only these rows have a short form: ${namesOf(having)}.`);
    return { isQuick: values.quick, rows };
  } catch (error) {
    throw new UserError('invalid', toError(error).message);
  }
}

function rowNamed(name: string): Row {
  const row = ROWS.find((one) => one.name === name);
  if (row !== undefined) return row;
  throw new Error(`There is no row "${name}": it is one of ${namesOf(ROWS)}.`);
}

async function quick(rows: readonly Row[], environment: Environment): Promise<boolean> {
  const results = new Map<Row, Result>();
  for (const row of rows) {
    const { quick: measure } = row;
    if (measure === undefined) continue;
    let result = await measureRow(row, environment, measure);
    // A machine's speed changes within seconds: what is below its row is so twice.
    if (!result.claims.every(isReached)) result = await measureRow(row, environment, measure);
    results.set(row, result);
  }
  print(claimsTable(results));
  const below = [...results].flatMap(([{ name }, { claims }]) =>
    claims.filter((claim) => !isReached(claim)).map(({ what }) => `${name} (${what})`),
  );
  print(below.length === 0 ? '\nEvery row is reached.' : `\nBelow its row: ${below.join('; ')}.`);
  return below.length === 0;
}

async function full(rows: readonly Row[], environment: Environment): Promise<boolean> {
  const failed: Row[] = [];
  for (const row of rows) {
    try {
      const result = await measureRow(row, environment, row.measure);
      print(`## ${row.name}: ${row.what}\n\n${resultText(result)}\n`);
      writeReport(row, result, machine(environment));
    } catch (error) {
      // The others take most of an hour, and may need nothing that this one lacks.
      note(`${row.name} could not be measured: ${inWords(error)}`);
      failed.push(row);
    }
  }
  if (failed.length > 0) note(`Not measured: ${namesOf(failed)}.`);
  return failed.length === 0;
}

async function measureRow(
  row: Row,
  environment: Environment,
  measure: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  note(`== ${row.name}`);
  using scratch = new Scratch();
  return await measure({ environment, folder: () => scratch.folder(), note });
}

function namesOf(rows: readonly Row[]): string {
  return rows.map(({ name }) => name).join(', ');
}

/** A fault that is not told to somebody is ours: where it comes from helps. */
function inWords(thrown: unknown): string {
  const error = toError(thrown);
  return error instanceof UserError ? error.message : (error.stack ?? error.message);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

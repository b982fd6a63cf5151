// `npm run chaos [-- --kills N --seed N]`: kills a real daemon again and again while schedules fire every second, and
// accounts for every fire and every job. Ends with 1 if one is lost, doubled or not explained.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killProcessesOf } from '../../bench/support/processes.ts';
import { TestDaemon } from '../support/daemon.ts';
import { runChaos } from './chaos.ts';
import { summaryOf } from './summary.ts';

const MOST_MS_UP_OR_DOWN = 2500;
const LARGEST_SEED = 2 ** 31 - 1;
/** Of each schedule the daemon remembers the last thousand fires, which is some 250 kills. */
const MOST_KILLS = 200;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(1 + Math.floor(Math.random() * LARGEST_SEED)) },
  },
});
const kills = wholeNumber('kills', values.kills, MOST_KILLS);
const seed = wholeNumber('seed', values.seed, LARGEST_SEED);

const data = mkdtempSync(join(tmpdir(), 'orbweaver-chaos-'));
process.on('exit', (code) => {
  killProcessesOf(data);
  if (code === 0) rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  else process.stderr.write(`The data folder is kept: ${data}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

process.stdout.write(`npm run chaos -- --kills ${kills} --seed ${seed}\n`);
const account = await runChaos(await TestDaemon.start({ data }), {
  ...{ kills, seed, mostMs: MOST_MS_UP_OR_DOWN, seesHostsEnd: true },
  note: (text) => process.stderr.write(`${text}\n`),
});
process.stdout.write(`\n${summaryOf(account)}\n`);
if (account.faults.length > 0) process.exitCode = 1;

function wholeNumber(name: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number <= max) return number;
  throw new Error(`--${name} takes a whole number from 1 to ${max}, not "${text}".`);
}

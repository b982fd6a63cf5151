import { closeSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDaemon } from '../../spec/support/daemon.ts';
import type { Bench, Result, Row } from '../row.ts';
import { startNginx } from '../support/nginx.ts';
import { runProgram } from '../support/program.ts';
import { forgetPeak, resident } from '../support/memory.ts';
import { median, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { startDaemon } from '../targets/orbweaver.ts';
import { PROJECT } from '../targets/target.ts';

const BYTES = 2 ** 30;
const ROUNDS = 9;
const MIB = 2 ** 20;
/** Buffers and the like; what grows with the file would come to a thousand. */
const MOST_MIB = 32;

interface Source {
  name: string;
  url: string;
  /** MiB a second. */
  rates: number[];
}

export const logDownload: Row = {
  name: 'log-download',
  what: 'A log of 1 GB',
  measure,
};

async function measure(bench: Bench): Promise<Result> {
  await using daemon = await startDaemon(bench.folder());
  const folder = bench.folder();
  const path = join(folder, 'www', 'log.txt');
  mkdirSync(join(folder, 'www'));
  bench.note('writing a log');
  writeLog(path);
  await using nginx = await startNginx(folder, join(folder, 'www'));

  const id = await logOf(daemon, path);
  const ours: Source = { name: 'Orbweaver', url: `${daemon.url}/get-log/data/${id}.err`, rates: [] };
  const theirs: Source = { name: nginx.version, url: `${nginx.url}/log.txt`, rates: [] };
  // The first reads what may not be in memory yet.
  for (const source of [ours, theirs]) await download(source.url);
  forgetPeak(daemon.pid);
  const before = resident(daemon.pid).now;
  for (let round = 1; round <= ROUNDS; round++) {
    bench.note(`round ${round} of ${ROUNDS}`);
    for (const source of [ours, theirs]) source.rates.push(BYTES / MIB / (await download(source.url)));
  }
  const growth = resident(daemon.pid).peak - before;
  return {
    claims: [
      {
        what: `to the rate of ${nginx.version}`,
        measured: median(ours.rates) / median(theirs.rates),
        unit: 'x',
        limit: { atLeast: 0.7 },
      },
      {
        what: 'growth of the daemon meanwhile, at its peak',
        measured: growth,
        unit: 'MiB',
        limit: { atMost: MOST_MIB },
      },
    ],
    tables: [
      {
        caption: `${BYTES / MIB} MiB by curl on loopback, ${ROUNDS} rounds; the daemon had ${short(before)} MiB before`,
        head: ['MiB a second', 'median', 'min', 'max'],
        rows: [ours, theirs].map(({ name, rates }) => [name, ...spread(rates)]),
      },
    ],
  };
}

/** Writes what Scrapy would on a long crawl. */
function writeLog(path: string): void {
  const file = openSync(path, 'wx');
  const lines = Array.from({ length: 10_000 }, (_, page) => {
    const time = new Date(Date.UTC(2026, 10, 22) + page * 31).toISOString().slice(0, 19).replace('T', ' ');
    return `${time} [scrapy.core.engine] DEBUG: Crawled (200) <GET http://localhost/page/${page}> (referer: None)\n`;
  });
  const text = Buffer.from(lines.join(''));
  for (let left = BYTES; left > 0; left -= text.length) writeSync(file, text.subarray(0, left));
  closeSync(file);
}

/** A job that is over, with this file as its log. */
async function logOf(daemon: TestDaemon, path: string): Promise<string> {
  const ended = { spider: 'stamped-lines', lines: '0', rate: '1', begin: '/' };
  const id = await daemon.schedule({ project: PROJECT, ...ended });
  await daemon.over(id);
  const log = join(daemon.data, 'logs', `${id}.err`);
  rmSync(log);
  linkSync(path, log);
  return id;
}

/** Seconds until curl has thrown all of it away. */
async function download(url: string): Promise<number> {
  const told = ['-w', '%{time_total} %{size_download}'];
  const { stdout } = await runProgram('curl', ['-sSf', '-o', '/dev/null', ...told, url]);
  const [seconds, bytes] = stdout.split(' ').map(Number);
  if (bytes !== BYTES) throw new Error(`"${url}" gave ${bytes ?? 'no'} bytes.`);
  return seconds ?? NaN;
}

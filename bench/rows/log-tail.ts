import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { TestDaemon } from '../../spec/support/daemon.ts';
import type { Bench, Result, Row } from '../row.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { monotonicMs } from '../support/marks.ts';
import { median, percentile } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { startDaemon } from '../targets/orbweaver.ts';
import { PROJECT } from '../targets/target.ts';

const SPIDER = 'stamped-lines';
/** A crawl that logs three lines a page does this at 33 pages a second. */
const LINES_A_SECOND = 100;
const LINE_BYTES = 100;
const SECONDS = 10;
const ROUNDS = 3;
const READERS = [0, 1, 50] as const;

/** What was measured with so many readers of one log. */
interface Measured {
  readers: number;
  /** Milliseconds from the write of each line to its coming to the first reader. */
  latencies: number[];
  /** Milliseconds of CPU that the daemon used for each second of the log, in each round. */
  cpu: number[];
}

export const logTail: Row = {
  name: 'log-tail',
  what: "From the spider's write to the reader of its log",
  measure,
};

async function measure(bench: Bench): Promise<Result> {
  const measured = READERS.map((readers): Measured => ({ readers, latencies: [], cpu: [] }));
  await using daemon = await startDaemon(bench.folder());
  // The first pays for the host's start and for code that is not compiled yet.
  await follow(bench, daemon, { readers: 50, latencies: [], cpu: [] });
  for (let round = 1; round <= ROUNDS; round++) {
    for (const one of measured) {
      bench.note(`${one.readers} readers, round ${round} of ${ROUNDS}`);
      await follow(bench, daemon, one);
    }
  }
  return resultOf(measured);
}

/** Runs a spider whose log has so many readers, and notes what came of it. */
async function follow(bench: Bench, daemon: TestDaemon, measured: Measured): Promise<void> {
  const begin = join(bench.folder(), 'begin');
  const lines = SECONDS * LINES_A_SECOND;
  const fields = { lines: String(lines), rate: String(LINES_A_SECOND), begin };
  const id = await daemon.schedule({ project: PROJECT, spider: SPIDER, ...fields });
  while ((await daemon.job(id)).status === 'PENDING') await new Promise((resolve) => setTimeout(resolve, 10));
  const url = `${daemon.url}/get-log/data/${id}.out`;
  const responses = await Promise.all(Array.from({ length: measured.readers }, () => open(url)));
  const [first, ...others] = responses;
  const latencies = first === undefined ? [] : latenciesOf(first);
  const sizes = others.map(bytesOf);

  const [beganMs, cpuBefore] = [monotonicMs(), cpuMsOf(daemon.pid)];
  writeFileSync(begin, '');
  if (first === undefined) await daemon.over(id);
  measured.latencies.push(...(await latencies));
  for (const bytes of await Promise.all(sizes)) {
    if (bytes !== lines * LINE_BYTES) throw new Error(`A reader got ${bytes} bytes of the log.`);
  }
  measured.cpu.push(((cpuMsOf(daemon.pid) - cpuBefore) * 1000) / (monotonicMs() - beganMs));
}

async function open(url: string): Promise<IncomingMessage> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function latenciesOf(response: IncomingMessage): Promise<number[]> {
  const latencies: number[] = [];
  let rest = '';
  response.on('data', (chunk: Buffer) => {
    const now = monotonicMs();
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) latencies.push(now - Number(line) / 1e6);
  });
  await once(response, 'end');
  return latencies;
}

async function bytesOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(response, 'end');
  return bytes;
}

function resultOf(measured: readonly Measured[]): Result {
  const of = (readers: number) => {
    const found = measured.find((one) => one.readers === readers);
    if (found === undefined) throw new Error(`Nothing was measured with ${readers} readers.`);
    return found;
  };
  return {
    claims: [
      {
        what: 'from the write to one reader, median',
        measured: median(of(1).latencies),
        unit: 'ms',
        limit: { atMost: 10 },
      },
      {
        what: 'CPU of the daemon with 50 readers, to that with one',
        measured: median(of(50).cpu) / median(of(1).cpu),
        unit: 'x',
        limit: { atMost: 2 },
      },
    ],
    tables: [
      {
        caption: `${LINES_A_SECOND} lines of ${LINE_BYTES} bytes a second for ${SECONDS} s, ${ROUNDS} rounds`,
        head: ['readers', 'ms to a reader', 'p99', 'max', 'ms of CPU a second', 'min', 'max'],
        rows: measured.map(({ readers, latencies, cpu }) => [
          String(readers),
          ...(latencies.length === 0
            ? ['-', '-', '-']
            : [median(latencies), percentile(latencies, 0.99), Math.max(...latencies)].map(short)),
          ...[median(cpu), Math.min(...cpu), Math.max(...cpu)].map(short),
        ]),
      },
    ],
  };
}

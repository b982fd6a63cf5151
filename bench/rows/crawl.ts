import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDaemon } from '../../spec/support/daemon.ts';
import { cleanEnvironment } from '../../src/projects/environment-variables.ts';
import type { Bench, Claim, Result, Row, Table } from '../row.ts';
import { Marks, monotonicMs, type Mark } from '../support/marks.ts';
import { ended } from '../support/processes.ts';
import { startSite } from '../support/site.ts';
import { median, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';
import { startDaemon } from '../targets/orbweaver.ts';
import { PROJECT, PROJECT_FOLDER } from '../targets/target.ts';

const SPIDER = 'pages';

/** How many jobs run at once, and how that is called. */
const MANNERS = [
  { atOnce: 1, name: 'one after another' },
  { atOnce: 8, name: '8 at once' },
] as const;

interface Amount {
  jobs: number;
  /** Of each job. */
  pages: number;
  rounds: number;
}

/** Runs as many jobs as it is told, with these payloads; resolves when the last process has ended. */
type Crawler = (crawls: readonly Crawl[]) => Promise<void>;

interface Crawl {
  payload: string;
  mark: Promise<Mark>;
}

/** Seconds of a round. */
interface Measured {
  name: string;
  byHand: number[];
  ours: number[];
}

export const crawl: Row = {
  name: 'crawl',
  what: '20 jobs of 200 pages each from a site on loopback, beside scrapy crawl by hand',
  measure: (bench) => measure(bench, { jobs: 20, pages: 200, rounds: 3 }),
  quick: (bench) => measure(bench, { jobs: 6, pages: 50, rounds: 2 }),
};

async function measure(bench: Bench, amount: Amount): Promise<Result> {
  const marks = new Marks(join(bench.folder(), 'marks'));
  await using site = await startSite();
  const measured: Measured[] = [];
  for (const { atOnce, name } of MANNERS) {
    await using daemon = await startDaemon(bench.folder(), ['--job-slots', String(atOnce)]);
    const crawlers = { byHand: byHand(bench, atOnce), ours: through(daemon) };
    const times: Measured = { name, byHand: [], ours: [] };
    const round = async (crawler: Crawler, { jobs, pages }: Amount) => {
      const crawls = Array.from({ length: jobs }, () => marks.next({ url: `${site.url}/${pages}/0` }));
      const beganMs = monotonicMs();
      await crawler(crawls);
      const seconds = (monotonicMs() - beganMs) / 1000;
      for (const { mark } of crawls) check(await mark, pages);
      return seconds;
    };
    // The first pays for bytecode, and for the host's start.
    for (const crawler of Object.values(crawlers)) await round(crawler, { ...amount, jobs: 1 });
    for (let count = 1; count <= amount.rounds; count++) {
      bench.note(`${amount.jobs} crawls, ${name}, round ${count} of ${amount.rounds}`);
      times.byHand.push(await round(crawlers.byHand, amount));
      times.ours.push(await round(crawlers.ours, amount));
    }
    measured.push(times);
  }
  marks.close();
  return { claims: measured.map(claimOf), tables: [tableOf(measured, amount)] };
}

/** All are asked for at once; the daemon has as many slots as may run. */
function through(daemon: TestDaemon): Crawler {
  return async (crawls) => {
    const asked = crawls.map(({ payload }) => daemon.schedule({ project: PROJECT, spider: SPIDER, payload }));
    await Promise.all(crawls.map(async ({ mark }) => ended((await mark).pid)));
    await Promise.all(asked);
  };
}

/** `python -m scrapy crawl` with the same Python, in a copy of the project, as from a loop in a shell or `xargs -P`. */
function byHand(bench: Bench, atOnce: number): Crawler {
  const project = join(bench.folder(), PROJECT);
  cpSync(PROJECT_FOLDER, project, { recursive: true });
  const env = cleanEnvironment(process.env, []);
  const run = async (payload: string, number: number) => {
    const [out, err] = ['out', 'err'].map((kind) => openSync(join(project, `${number}.${kind}`), 'w'));
    const args = ['-m', 'scrapy', 'crawl', SPIDER, '-a', `payload=${payload}`];
    const child = spawn(bench.environment.python, args, { cwd: project, env, stdio: ['ignore', out, err] });
    for (const file of [out, err]) if (file !== undefined) closeSync(file);
    await once(child, 'exit');
  };
  return async (crawls) => {
    const left = crawls.entries();
    const worker = async () => {
      for (const [number, { payload }] of left) await run(payload, number);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
}

/** Every page was crawled, and its item kept. */
function check({ items }: Mark, pages: number): void {
  if (items !== pages) throw new Error(`A crawl of ${pages} pages gave ${items} items.`);
}

function claimOf({ name, byHand, ours }: Measured): Claim {
  return {
    what: `total time to scrapy crawl by hand, ${name}`,
    measured: median(ours) / median(byHand),
    unit: 'x',
    limit: { atMost: 1 },
  };
}

function tableOf(measured: readonly Measured[], { jobs, pages, rounds }: Amount): Table {
  const rows = measured.flatMap(({ name, byHand, ours }) => [
    [`scrapy crawl by hand, ${name}`, ...spread(byHand), ''],
    [`Orbweaver, ${name}`, ...spread(ours), short(((median(byHand) - median(ours)) / jobs) * 1000)],
  ]);
  return {
    caption: `Seconds for ${jobs} crawls of ${pages} pages, in ${rounds} rounds`,
    head: ['', 'median', 'min', 'max', 'saved a job, ms'],
    rows,
  };
}

import { Agent, get } from 'node:http';
import { TestDaemon } from '../../spec/support/daemon.ts';
import type { Bench, Result, Row } from '../row.ts';
import { putHistory } from '../support/history.ts';
import { median, percentile, spread } from '../support/statistics.ts';
import { short } from '../support/table.ts';

const FEW = 10_000;
const MANY = 1_000_000;
const ROUNDS = 200;
/** What the first answers need besides is not counted. */
const WARM_UP = 10;
const PAGE = 100;
/** For lists of which 10,000 jobs have but a hundred rows. */
const SMALL_PAGE = 20;

/** What is asked; of a deep page the first row is the 99,901st, or of 10,000 jobs the last page's. */
export const REQUESTS: readonly { name: string; path: (jobs: number) => string }[] = [
  ...pages('list-jobs', (from) => `/list-jobs.json?status=COMPLETED&limit=${PAGE}&offset=${from}`, 1),
  ...pages('list-jobs FAILED', (from) => `/list-jobs.json?status=FAILED&limit=${PAGE}&offset=${from}`, 0.15),
  ...pages(
    'list-jobs of a spider',
    (from) =>
      `/list-jobs.json?status=COMPLETED&project=project-1&spider=spider-03&limit=${SMALL_PAGE}&offset=${from}`,
    0.01,
    SMALL_PAGE,
  ),
  one('listjobs', '/listjobs.json?project=project-1'),
  one('jobs page', '/jobs'),
  one('daemonstatus', '/daemonstatus.json'),
  one('status', '/status.json'),
  ...pages('jobq/list', (from) => `/storage/jobq/1/list?count=${PAGE}&start=${from}`, 0.2),
  ...pages(
    'jobq/list of a state and spider',
    (from) => `/storage/jobq/1/list?state=finished&spider=spider-03&count=${SMALL_PAGE}&start=${from}`,
    0.01,
    SMALL_PAGE,
  ),
  ...pages(
    'jobq/list has_tag',
    (from) => `/storage/jobq/1/list?has_tag=daily&count=${PAGE}&start=${from}`,
    0.04,
  ),
  ...pages(
    'jobq/list lacks_tag',
    (from) => `/storage/jobq/1/list?lacks_tag=daily&count=${PAGE}&start=${from}`,
    0.15,
  ),
  one('jobq/list of a tag that none has', '/storage/jobq/1/list?has_tag=none'),
  one('jobq/count', '/storage/jobq/1/count'),
  one('jobq/count of a spider', '/storage/jobq/1/count?spider=spider-03'),
  one('jobq/count has_tag', '/storage/jobq/1/count?has_tag=daily'),
  one('jobq/count lacks_tag', '/storage/jobq/1/count?lacks_tag=daily'),
  one('jobq/summary', '/storage/jobq/1/summary'),
  ...pages('jobs/list', (from) => `/api/jobs/list.json?project=1&count=${PAGE}&offset=${from}`, 0.2),
  ...pages(
    'jobs/list of a state and spider',
    (from) =>
      `/api/jobs/list.json?project=1&state=finished&spider=spider-03&count=${SMALL_PAGE}&offset=${from}`,
    0.01,
    SMALL_PAGE,
  ),
  ...pages(
    'jobs/list has_tag',
    (from) => `/api/jobs/list.json?project=1&state=finished&has_tag=daily&count=${PAGE}&offset=${from}`,
    0.04,
  ),
  one('jobs/count', '/api/jobs/count.json?project=1'),
  one('jobsummaries', '/storage/projects/jobsummaries'),
];

export const lists: Row = {
  name: 'lists',
  what: 'Lists with a long history',
  async measure(bench) {
    await using few = await daemonWith(bench, FEW);
    await using many = await daemonWith(bench, MANY);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const times = REQUESTS.map((): Times => ({ few: [], many: [] }));
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const [index, { path }] of REQUESTS.entries()) {
        const ofFew = await timeOf(agent, few.url + path(FEW));
        const ofMany = await timeOf(agent, many.url + path(MANY));
        if (round < 0) continue;
        times[index]?.few.push(ofFew);
        times[index]?.many.push(ofMany);
      }
    }
    agent.destroy();
    return resultOf(times);
  },
};

/** Milliseconds, with 10,000 and 1,000,000 jobs. */
interface Times {
  few: number[];
  many: number[];
}

function resultOf(times: readonly Times[]): Result {
  const p99s = times.map(({ many }) => percentile(many, 0.99));
  const ratios = times.map(({ few, many }) => median(many) / median(few));
  return {
    claims: [
      {
        what: 'slowest list with 1,000,000 jobs, 99th percentile',
        ...{ measured: Math.max(...p99s), unit: 'ms', limit: { atMost: 20 } },
      },
      {
        what: 'longest time against that with 10,000 jobs, of the medians',
        ...{ measured: Math.max(...ratios), unit: 'x', limit: { atMost: 1.5 } },
      },
    ],
    tables: [
      {
        caption: `Milliseconds of each request, ${ROUNDS} times in turn, with 10,000 and 1,000,000 finished jobs`,
        head: ['request', '10,000', 'p99', '1,000,000', 'min', 'max', 'p99', 'ratio'],
        rows: times.map(({ few, many }, index) => [
          REQUESTS[index]?.name ?? '',
          short(median(few)),
          short(percentile(few, 0.99)),
          ...spread(many),
          short(p99s[index] ?? NaN),
          `${short(ratios[index] ?? NaN)}x`,
        ]),
      },
    ],
  };
}

/** @param share of all jobs that the list has */
function pages(name: string, path: (from: number) => string, share: number, page = PAGE) {
  const deep = (jobs: number) => {
    const last = (Math.floor((jobs * share * 0.95) / page) - 1) * page;
    return Math.max(0, Math.min(999 * page, last));
  };
  return [
    { name: `${name}, first page`, path: () => path(0) },
    { name: `${name}, deep page`, path: (jobs: number) => path(deep(jobs)) },
  ];
}

function one(name: string, path: string) {
  return { name, path: () => path };
}

function daemonWith(bench: Bench, jobs: number): Promise<TestDaemon> {
  const data = bench.folder();
  bench.note(`${jobs} finished jobs`);
  putHistory(data, { jobs });
  return TestDaemon.start({ data, args: ['--completed-cap', String(2 * MANY)] });
}

/** Milliseconds from the request to the end of its answer. */
function timeOf(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} was answered ${response.statusCode ?? 0}.`));
      response.resume().once('end', () => {
        resolve(performance.now() - startedAt);
      });
    }).once('error', reject);
  });
}

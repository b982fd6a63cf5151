import type { StoreView } from '../../../../access/store-view.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { JobRef, JobSearch } from '../../../../jobs/job-store.ts';
import { toJsonText, type Json } from '../../../../json-text.ts';
import { chunksOf } from '../../../write-chunks.ts';

/** Jobs that are read in one turn of the event loop: clients may keep a quarter of a MiB with each. */
const PAGE = 25;

/** The jobs of a page of a search, in parts that are each read when they are asked for. */
export function* jobsInTurns(
  { searchJobs }: Pick<StoreView, 'searchJobs'>,
  search: JobSearch,
  { offset, limit, ...page }: { offset: number; limit: number; stopAt?: JobRef },
): Generator<Job[]> {
  let after: JobRef | undefined;
  for (let left = limit; left > 0; left -= PAGE) {
    const part = { limit: Math.min(left, PAGE), ...page };
    const jobs = searchJobs(
      search,
      after === undefined ? { ...part, offset } : { ...part, offset: 0, after },
    );
    yield jobs;
    after = jobs.at(-1);
    if (jobs.length < PAGE) return;
  }
}

/** Rows of jobs, as JSON lines. */
export async function* linesInTurns(
  parts: Iterable<readonly Job[]>,
  row: (job: Job) => Promise<Json>,
): AsyncGenerator<string> {
  for (const jobs of parts) {
    for (const some of chunksOf(jobs)) {
      yield (await Promise.all(some.map(row))).map((each) => `${toJsonText(each)}\n`).join('');
    }
  }
}

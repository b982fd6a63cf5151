import type { Json } from '../../../../json-text.ts';
import { stageOf } from '../../../../jobs/stages.ts';
import type { Job } from '../../../../jobs/job.ts';
import { someMetadata } from '../metadata.ts';
import { jobTotals } from '../job-totals.ts';
import type { Call } from './storage-route.ts';

/** What rows have of the metadata where nobody asks for something else. */
const USUAL = ['spider', 'pending_time', 'running_time', 'finished_time', 'close_reason', 'version'];

/**
 * Makes the rows of a list, which are few enough to be made at once. With the parameter `jobmeta` they have what it names, and no more than a few fields beside it.
 */
export function rowsFor({
  query,
  source,
  outputs,
  records,
  now: clock,
}: Pick<Call, 'query' | 'source' | 'outputs' | 'records' | 'now'>): (job: Job) => Promise<Json> {
  const names = query.all('jobmeta');
  const isTagged = query.all('has_tag').length + query.all('lacks_tag').length > 0;
  const now = clock();

  return async (job) => {
    const row = {
      key: job.key,
      ts: job.changedAt,
      // Clients take 0 for none.
      elapsed: Math.max(1, now - job.changedAt),
      state: stageOf(job.state),
    };
    const tags = job.tags.length > 0 ? { tags: [...job.tags] } : {};
    const totals = job.startedAt === null ? {} : { ...(await jobTotals(job, { outputs, records })) };
    if (names.length === 0) return { ...row, ...someMetadata(job, USUAL, source), ...totals, ...tags };
    const known = Object.entries(totals).filter(([name]) => names.includes(name));
    return {
      ...row,
      ...Object.fromEntries(known),
      ...someMetadata(job, names, source),
      ...(isTagged ? tags : {}),
    };
  };
}

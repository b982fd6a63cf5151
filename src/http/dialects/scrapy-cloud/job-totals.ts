import type { Job, Totals } from '../../../jobs/job.ts';
import type { Outputs } from '../../../jobs/outputs.ts';
import type { Records } from '../../../records/records.ts';
import { errorsAmong } from '../../../records/tally.ts';

const NOTHING: Totals = { items: 0, pages: 0, logs: 0, errors: 0 };

/** What a job has scraped and logged; so far, while it runs. Of one that runs elsewhere only its records tell. */
export async function jobTotals(
  job: Job,
  { outputs, records }: { outputs: Pick<Outputs, 'result'>; records: Pick<Records, 'tally'> },
): Promise<Totals> {
  if (job.totals !== null) return job.totals;
  if (job.startedAt === null || job.state === 'DELETED') return NOTHING;
  if (!job.external) return outputs.result(job.id).totals;
  const tally = (kind: 'items' | 'requests' | 'logs') => records.tally(job.id, kind, false);
  const [items, requests, logs] = await Promise.all([tally('items'), tally('requests'), tally('logs')]);
  return {
    items: items.count,
    pages: requests.count,
    logs: logs.count,
    errors: errorsAmong(logs.counts),
  };
}

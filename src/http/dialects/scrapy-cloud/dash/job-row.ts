import { statSync } from 'node:fs';
import type { Json } from '../../../../json-text.ts';
import { stageOf } from '../../../../jobs/stages.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { Outputs } from '../../../../jobs/outputs.ts';
import type { Records } from '../../../../records/records.ts';
import { shownPriority } from '../job-request.ts';
import { jobTotals } from '../job-totals.ts';

export interface RowOptions {
  outputs: Outputs;
  records: Records;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Makes rows of one list. */
export function jobRows(options: RowOptions): (job: Job) => Promise<Record<string, Json>> {
  const { outputs, now } = options;
  return async (job) => {
    const stage = stageOf(job.state);
    const totals = await jobTotals(job, options);
    const updatedAt = stage === 'running' ? lastSignOf(job, outputs) : job.changedAt;
    const hasEnded = stage === 'finished' || stage === 'deleted';
    return {
      id: job.key,
      spider: job.spider,
      state: stage,
      tags: [...job.tags],
      priority: shownPriority(job.priority),
      version: job.versionName ?? job.version,
      spider_type: 'manual',
      ...(Object.keys(job.args).length === 0 ? {} : { spider_args: job.args }),
      ...(job.startedAt === null ? {} : { started_time: naiveTime(job.startedAt) }),
      updated_time: naiveTime(updatedAt),
      // Since it was updated, whatever its state.
      elapsed: Math.max(0, now - updatedAt),
      ...(hasEnded && job.closeReason !== null ? { close_reason: job.closeReason } : {}),
      items_scraped: totals.items,
      responses_received: totals.pages,
      errors_count: totals.errors,
      logs: totals.logs,
    };
  };
}

/** When a run was last heard of: it writes its stats all the time. */
function lastSignOf(job: Job, outputs: Outputs): number {
  const stats = job.external
    ? undefined
    : statSync(outputs.paths(job.id).stats, { throwIfNoEntry: false })?.mtimeMs;
  return Math.max(job.changedAt, Math.floor(stats ?? 0));
}

/** UTC without saying so, and without a fraction: `2015-11-09T15:21:06`. */
function naiveTime(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

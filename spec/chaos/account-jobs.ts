import type { Remembered, RememberedJob } from './remembered.ts';
import type { Kill, Story } from './story.ts';

export interface JobAccount {
  jobs: number;
  /** Jobs whose spider left its first mark. */
  marked: number;
  successful: number;
  /** Why each job that failed did, in words. */
  explained: string[];
  faults: string[];
}

/** Compares what the daemon says of its jobs with the marks of their spiders, and with what was killed. */
export function accountJobs({ jobs, began, ended }: Remembered, story: Story): JobAccount {
  const faults: string[] = [];
  const explained: string[] = [];
  for (const job of jobs) {
    const marks = { began: began.get(nameOf(job)) ?? 0, ended: ended.get(nameOf(job)) ?? 0 };
    const fault = (text: string) => faults.push(`job ${job.id}: ${text}`);
    if (marks.began > 1 || marks.ended > 1)
      fault(`its spider ran ${Math.max(marks.began, marks.ended)} times`);
    if (job.state === 'SUCCESSFUL') {
      if (marks.began === 0 || marks.ended === 0)
        fault('it is SUCCESSFUL, but its spider did not run to its end');
    } else if (job.state === 'FAILED') {
      const why = explanation(job, marks.began > 0, story.kills);
      if (why === null) fault(`it is FAILED, ${job.exit ?? ''}, and nothing was killed that it needed`);
      else explained.push(`job ${job.id}: ${job.exit ?? ''}: ${why}`);
    } else fault(`it is ${job.state} at the end`);
  }
  const known = new Set(jobs.map(nameOf));
  for (const name of began.keys())
    if (!known.has(name)) faults.push(`a spider ran for "${name}", which is no job`);
  for (const id of story.acknowledged) {
    if (!known.has(nameOf({ id }))) faults.push(`job ${id}: its request was answered, and it is gone`);
  }
  return {
    jobs: jobs.length,
    marked: began.size,
    successful: jobs.filter(({ state }) => state === 'SUCCESSFUL').length,
    explained,
    faults,
  };
}

/**
 * Why a job failed, or null if it had no reason to. A host's end alone is none: the spider goes on, and leaves its own
 * record of its exit. Only one that was just being let go ends with its host.
 */
function explanation(job: RememberedJob, hadBegun: boolean, kills: readonly Kill[]): string | null {
  if (kills.some((kill) => kill.job === job.id)) return 'its spider was killed';
  const { startedAt, finishedAt } = job;
  if (hadBegun || startedAt === null || finishedAt === null) return null;
  const host = kills.find(({ what, at }) => what === 'host' && at >= startedAt && at <= finishedAt);
  return host === undefined
    ? null
    : `nothing ran: its host was killed ${host.at - startedAt} ms into its start`;
}

/** As marks have it, and SCRAPY_JOB. */
function nameOf({ id }: Pick<RememberedJob, 'id'>): string {
  return id.replaceAll('-', '');
}

import { access } from 'node:fs/promises';
import type { Job } from '../../../../jobs/job.ts';
import type { Outputs } from '../../../../jobs/outputs.ts';

/** Which of a job's files there are; one that cannot be looked at is none. */
export async function filesOf(
  outputs: Pick<Outputs, 'paths'>,
  job: Job,
): Promise<{ log: boolean; items: boolean }> {
  const { stderr, items } = outputs.paths(job.id);
  const [hasLog, hasItems] = await Promise.all([isThere(stderr), isThere(items)]);
  return { log: hasLog, items: hasItems };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

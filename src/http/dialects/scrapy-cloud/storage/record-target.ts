import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Job } from '../../../../jobs/job.ts';
import type { RecordKind } from '../../../../records/record-kind.ts';
import { projectOf } from '../project-of.ts';

/** What a path names: records of a project, of a spider, of a job, or a single one; or a field of them. */
export interface Target {
  kind: RecordKind;
  /** `P`, `P/S` or `P/S/J`. */
  key: string;
  /** Whether the key is a job's. */
  isJob: boolean;
  number: number | null;
  field: string | null;
  isStats: boolean;
}

/** Jobs that are looked up at a time. */
const PAGE = 100;

const PATH = /^\/(items|logs|requests|samples)\/(\d+(?:\/\d+){0,2})(?:\/([^/]+))?(?:\/([^/]+))?$/;

/** @returns null for a path that names no records: those of scrapyd's files may look alike */
export function targetOf(path: string): Target | null {
  const [, kind, key = '', ...rest] = PATH.exec(path) ?? [];
  if (kind === undefined) return null;
  const isJob = key.split('/').length === 3;
  const [third = null, last = null] = rest.map(decoded);
  const number = third !== null && /^\d+$/.test(third) ? Number(third) : null;
  const field = number === null ? third : last;
  // Only a job has single records, and only items have fields to ask for.
  if (!isJob && third !== null) return null;
  if (number === null && last !== null) return null;
  const isStats = field === 'stats' && number === null;
  if (field !== null && !isStats && kind !== 'items') return null;
  return { kind: kind as RecordKind, key, isJob, number, field: isStats ? null : field, isStats };
}

/**
 * The jobs that a target names, in the order of their keys, beginning with one if it is given. Those that were deleted are
 * none.
 * @throws UserError `not-found` for an unknown project
 */
export function jobsOf(core: CoreView, target: Target, from: string | null): Iterable<Job> {
  const [projectId = '', spiderId] = target.key.split('/');
  // At once: what throws when the answer has begun is not told.
  const { name: project } = projectOf(core, projectId);
  if (target.isJob) return jobAt(core, target.key);
  if (spiderId === undefined) return jobsUnder(core, { project }, from);
  const spider = core.store.spiderEntries(project).find(({ number }) => number === Number(spiderId))?.name;
  return spider === undefined ? [] : jobsUnder(core, { project, spider }, from);
}

function jobAt({ store }: CoreView, key: string): Job[] {
  const job = store.jobByKey(key);
  return job === null || job.state === 'DELETED' ? [] : [job];
}

function* jobsUnder(
  core: CoreView,
  of: { project: string; spider?: string },
  from: string | null,
): Generator<Job> {
  if (from !== null) yield* jobAt(core, from);
  let after = from;
  for (;;) {
    const jobs = core.store.jobsUnder(of, after === null ? { limit: PAGE } : { after, limit: PAGE });
    yield* jobs;
    after = jobs.at(-1)?.key ?? null;
    if (after === null || jobs.length < PAGE) return;
  }
}

/**
 * The one job that records are written to.
 * @throws UserError `not-found`, or `invalid` where the target is no job
 */
export function jobOf(core: CoreView, target: Target): Job {
  if (!target.isJob || target.number !== null || target.field !== null || target.isStats) {
    throw new UserError(
      'invalid',
      `Records are stored with a job: send them to "${target.kind}/PROJECT/SPIDER/JOB".`,
    );
  }
  const [job] = jobsOf(core, target, null);
  if (job !== undefined) return job;
  throw new UserError('not-found', `There is no job "${target.key}".`);
}

/** A part of a path; as it stands there if it is no text, which Express has told already. */
function decoded(part: string | undefined): string | null {
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

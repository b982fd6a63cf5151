import type { CoreView } from '../../../../access/core-view.ts';
import type { StoreView } from '../../../../access/store-view.ts';
import { UserError } from '../../../../errors.ts';
import type { Job, JobState } from '../../../../jobs/job.ts';
import type { JobRef, JobSearch } from '../../../../jobs/job-store.ts';
import { STAGES, statesOf } from '../../../../jobs/stages.ts';
import type { Params } from '../../../params.ts';
import { CHUNK_ROWS } from '../../../write-chunks.ts';
import { projectOf } from '../project-of.ts';
import { readStage } from '../read-stage.ts';
import { optional, optionalNumber, required } from './parameters.ts';

/** Which jobs a request is about. */
export interface AskedJobs {
  search: JobSearch & { states: readonly JobState[] };
  /** Only these; null: all that the search finds. */
  keys: readonly string[] | null;
  offset: number;
  /** Most that are wanted; null when the request does not say. */
  count: number | null;
}

/** Parameters that say which jobs are meant. */
const FILTERS = ['job', 'spider', 'state', 'has_tag', 'lacks_tag'];

/**
 * Reads `project`, `job`, `spider`, `state`, `has_tag`, `lacks_tag`, `offset` and `count`. Deleted jobs are only meant
 * where the state says so.
 * @throws UserError `invalid`, or `not-found` for an unknown project
 */
export function readAskedJobs(params: Params, core: CoreView): AskedJobs {
  const project = projectOf(core, required(params, 'project'));
  const keys = given(params, 'job').map((key) => checkKey(key, project.id));
  const spider = optional(params, 'spider');
  const stages = given(params, 'state').map(readStage);
  const [hasTags, lacksTags] = [given(params, 'has_tag'), given(params, 'lacks_tag')];
  const wanted = stages.length > 0 ? stages : STAGES.filter((stage) => stage !== 'deleted');
  return {
    search: {
      project: project.name,
      ...(spider === null || spider === '' ? {} : { spider }),
      states: wanted.flatMap(statesOf),
      ...(hasTags.length > 0 ? { hasTags } : {}),
      ...(lacksTags.length > 0 ? { lacksTags } : {}),
    },
    keys: keys.length > 0 ? [...new Set(keys)] : null,
    offset: optionalNumber(params, 'offset') ?? 0,
    count: optionalNumber(params, 'count'),
  };
}

/**
 * Refuses a request that would change all jobs of a project because it says nothing of them.
 * @throws UserError `invalid`
 */
export function requireFilter(params: Params, names: readonly string[] = FILTERS): void {
  if (names.some((name) => given(params, name).length > 0)) return;
  const list = names.map((name) => `"${name}"`).join(', ');
  throw new UserError(
    'invalid',
    `Say which jobs are meant: give ${names.length > 1 ? 'one of ' : ''}${list}.`,
  );
}

/**
 * The jobs, the last changed first, in pieces that are each read when they are asked for. One that changes meanwhile is
 * in front of those that are still to come, and is not given again.
 */
export function* findJobs(
  store: StoreView,
  { search, keys, offset, count }: AskedJobs,
  most = Infinity,
): Generator<Job[]> {
  const limit = count ?? most;
  if (keys !== null) {
    yield named(store, search, keys).slice(offset, offset + limit);
    return;
  }
  let left = limit;
  let after: JobRef | null = null;
  while (left > 0) {
    const size = Math.min(left, CHUNK_ROWS);
    const page = after === null ? { offset, limit: size } : { offset: 0, limit: size, after };
    const jobs = store.searchJobs(search, page);
    const last = jobs.at(-1);
    if (last === undefined) return;
    yield jobs;
    if (jobs.length < size) return;
    left -= jobs.length;
    after = last;
  }
}

/** How many there are, whatever the page. */
export function countAsked(store: StoreView, { search, keys }: AskedJobs): number {
  return keys === null ? store.countJobs(search) : named(store, search, keys).length;
}

function named(store: StoreView, search: AskedJobs['search'], keys: readonly string[]): Job[] {
  return keys
    .map((key) => store.jobByKey(key))
    .filter((job) => job !== null)
    .filter((job) => meets(job, search))
    .sort((one, other) => other.changedAt - one.changedAt || other.seq - one.seq);
}

function meets(job: Job, { project, spider, states, hasTags, lacksTags }: AskedJobs['search']): boolean {
  return (
    job.project === project &&
    states.includes(job.state) &&
    (spider === undefined || job.spider === spider) &&
    (hasTags === undefined || hasTags.some((tag) => job.tags.includes(tag))) &&
    lacksTags?.some((tag) => job.tags.includes(tag)) !== true
  );
}

/** All values of a parameter but empty ones, by which nothing is meant. */
function given(params: Params, name: string): string[] {
  return params.allOfOnePlace(name).filter((value) => value !== '');
}

/**
 * A job's key, without the zeros that a number may begin with.
 * @throws UserError `invalid` for what is none, or one of another project
 */
export function checkKey(key: string, project: number): string {
  if (!/^\d{1,10}\/\d{1,10}\/\d{1,15}$/.test(key)) {
    throw new UserError('invalid', `"${key}" is no job: give its three numbers, such as "${project}/1/1".`);
  }
  const normal = key.split('/').map(Number).join('/');
  if (normal.startsWith(`${project}/`)) return normal;
  throw new UserError('invalid', `The job "${key}" is not one of project ${project}.`);
}

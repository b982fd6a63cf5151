import type { CoreView } from '../../../../access/core-view.ts';
import { UserError } from '../../../../errors.ts';
import type { JobRef, JobSearch } from '../../../../jobs/job-store.ts';
import { stageOf, statesOf } from '../../../../jobs/stages.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import { readStage } from '../read-stage.ts';
import { jobOfKey } from './job-keys.ts';
import type { Query } from './query.ts';

/** Most keys that are looked up at once. */
const MOST_KEYS = 1000;

/**
 * Which jobs of a project a query asks for: finished ones, unless it names states or jobs.
 * @throws UserError `invalid`
 */
export function readSearch(query: Query, core: CoreView, project: ProjectEntry): JobSearch {
  const stages = query.all('state').map(readStage);
  const [spider, from, before] = [query.one('spider'), query.whole('startts'), query.whole('endts')];
  const [hasTags, lacksTags, keys] = [query.all('has_tag'), query.all('lacks_tag'), readKeys(query)];
  const among = keys.flatMap((key) => jobOfKey(core, project, key)?.seq ?? []);
  const shown = stages.length > 0 || keys.length > 0 ? stages : (['finished'] as const);
  return {
    project: project.name,
    ...(spider === null ? {} : { spider }),
    ...(shown.length === 0 ? {} : { states: [...new Set(shown)].flatMap(statesOf) }),
    ...(hasTags.length === 0 ? {} : { hasTags }),
    ...(lacksTags.length === 0 ? {} : { lacksTags }),
    ...(keys.length === 0 ? {} : { among }),
    ...(from === null ? {} : { from }),
    ...(before === null ? {} : { before }),
  };
}

/** @throws UserError `invalid` for too many */
export function readKeys(query: Query): string[] {
  const keys = query.all('key');
  if (keys.length <= MOST_KEYS) return keys;
  throw new UserError('invalid', `There are "${keys.length}" keys: give up to ${MOST_KEYS} at once.`);
}

/**
 * Where the parameter `stop` ends a list: before that job. One that is deleted ends it where it stood before.
 * @throws UserError `invalid`
 */
export function readStop(
  query: Query,
  core: CoreView,
  project: ProjectEntry,
  { states = [] }: JobSearch,
): { stopAt?: JobRef } {
  const key = query.one('stop');
  const job = key === null ? null : jobOfKey(core, project, key);
  if (job === null) return {};
  const isGone = stageOf(job.state) === 'deleted' && !states.includes('DELETED');
  return { stopAt: { changedAt: (isGone ? job.finishedAt : null) ?? job.changedAt, seq: job.seq } };
}

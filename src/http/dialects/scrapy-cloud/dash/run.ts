import { createHash } from 'node:crypto';
import type { StoreView } from '../../../../access/store-view.ts';
import { UserError } from '../../../../errors.ts';
import { STAGES, type Stage } from '../../../../jobs/stages.ts';
import type { JobRequest } from '../../../../jobs/job.ts';
import type { Json } from '../../../../json-text.ts';
import type { ProjectEntry } from '../../../../projects/project.ts';
import type { Params } from '../../../params.ts';
import { readNewFields } from '../given-fields.ts';
import { isObject, toJobRequest } from '../job-request.ts';
import { projectOf } from '../project-of.ts';
import type { Handler } from './endpoint.ts';
import { optional, optionalJson, required } from './parameters.ts';
import { spidersOf } from './spiders.ts';

/** Fields that are no spider arguments. */
const OWN = [
  'project',
  'spider',
  'jobq_id',
  'units',
  'priority',
  'add_tag',
  'job_settings',
  'meta',
  'environment',
  'cmd_args',
  'version',
];
const SHOWN_SPIDERS = 20;

/** `run.json`, also called `schedule.json`: makes a job. */
export const run: Handler = async ({ params, core }) => {
  const project = projectOf(core, required(params, 'project'));
  const version = optional(params, 'version');
  const spider = readSpider(params, core.store, project, version === '' ? null : version);
  const { stage, closeReason, tags, meta } = readMeta(optionalJson(params, 'meta'));
  const request = toJobRequest({
    ...{ project: project.name, spider, version },
    units: optional(params, 'units'),
    priority: optional(params, 'priority'),
    tags: [...params.allOfOnePlace('add_tag'), ...tags],
    spider_args: readArguments(params),
    job_settings: optionalJson(params, 'job_settings'),
    environment: optionalJson(params, 'environment'),
    cmd_args: optional(params, 'cmd_args'),
  });
  const uniqueKey = fingerprint(request);
  // What is run elsewhere has the slots of elsewhere.
  const job =
    stage === 'pending' && !project.held
      ? await core.jobs.submit(request, { meta, uniqueKey })
      : core.moves.push({ request, meta, stage, uniqueKey, ...closeReason });
  return { jobid: job.key };
};

function readSpider(params: Params, store: StoreView, project: ProjectEntry, version: string | null): string {
  const spiders = spidersOf(store, project, version);
  if (spiders === null) {
    const names = store.versions(project.name).map(({ name }) => name);
    throw new UserError(
      'invalid',
      `Project ${project.id} has no version "${version ?? ''}": ${list(names)}.`,
    );
  }
  const id = optional(params, 'jobq_id');
  const asked = id === null || id === '' ? required(params, 'spider') : id;
  const found = spiders.find(({ name, number }) =>
    id === null || id === '' ? name === asked : String(number) === asked,
  );
  if (found !== undefined) return found.name;
  const names = spiders.map(({ name }) => name);
  throw new UserError('invalid', `Project ${project.id} has no spider "${asked}": ${list(names)}.`);
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'it has none at all, deploy it first';
  const shown = names.slice(0, SHOWN_SPIDERS).map((name) => `"${name}"`);
  const rest = names.length - shown.length;
  return `it has ${shown.join(', ')}` + (rest > 0 ? ` and ${rest} more` : '');
}

function readArguments(params: Params): Record<string, string> {
  const names = params.names().filter((name) => !OWN.includes(name));
  if (names.includes(''))
    throw new UserError('invalid', 'A parameter has no name: a spider argument needs one.');
  return Object.fromEntries(names.map((name) => [name, optional(params, name) ?? '']));
}

/** What is said of the job beside its own parameters: some of it is about how it begins, the rest is kept with it. */
function readMeta(given: Json | undefined): {
  stage: Stage;
  closeReason: { closeReason?: string };
  tags: readonly string[];
  meta: Record<string, Json>;
} {
  const all = given ?? {};
  if (!isObject(all)) throw new UserError('invalid', '"meta" must be a JSON object, {"name": "value"}.');
  const state = all.state ?? 'pending';
  const stage = STAGES.find((each) => each === state);
  if (stage === undefined) {
    throw new UserError('invalid', `The "state" in "meta" must be one of ${STAGES.join(', ')}.`);
  }
  const { state: _state, ...fields } = all;
  const { tags = [], closeReason, meta } = readNewFields(fields);
  return { stage, tags, meta, closeReason: typeof closeReason === 'string' ? { closeReason } : {} };
}

/** Of jobs with the same spider and arguments only one may wait or run. */
function fingerprint({ spider, args }: JobRequest): string {
  const sorted = Object.entries(args).sort(([one], [other]) => (one < other ? -1 : 1));
  return `run:${createHash('sha256')
    .update(JSON.stringify([spider, sorted]))
    .digest('hex')}`;
}

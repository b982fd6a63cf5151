import { NATIVE_PROBES } from './native-probes.ts';
import { get, patch, post, upload, type Probe, type Target } from './probe.ts';
import { STORAGE_PROBES } from './storage-probes.ts';

const project = ({ project }: Target) => project;
const id = ({ id }: Target) => id;

/**
 * Requests to every route, by the names of `everyRoute`, in an order in which each finds what it needs. A route without
 * any is one that nobody has thought about: the spec fails.
 */
export const PROBES: Record<string, readonly Probe[]> = {
  'scrapy-do /status.json': [
    get(
      () => '/status.json',
      () => '"spiders": 4',
    ),
  ],
  'scrapy-do /list-projects.json': [get(() => '/list-projects.json', project)],
  'scrapy-do /list-spiders.json': [
    get(
      ({ project }) => `/list-spiders.json?project=${project}`,
      ({ spider }) => spider,
    ),
  ],
  'scrapy-do /list-jobs.json': [
    ...['ACTIVE', 'COMPLETED', 'SCHEDULED'].map((status) =>
      get(() => `/list-jobs.json?status=${status}`, project),
    ),
    get(
      ({ project }) => `/list-jobs.json?status=PENDING&project=${project}`,
      ({ pending }) => pending,
    ),
    get(({ spider }) => `/list-jobs.json?status=SUCCESSFUL&spider=${spider}`, project),
    get(({ job }) => `/list-jobs.json?id=${job}`, project),
    get(({ schedule }) => `/list-jobs.json?id=${schedule}`, project),
  ],
  'scrapy-do /get-log/:folder/:file': ['out', 'err'].map((stream) =>
    get(
      ({ job }) => `/get-log/data/${job}.${stream}`,
      ({ spider }) => `the log of ${spider}`,
    ),
  ),
  'scrapyd /daemonstatus.json': [
    get(
      () => '/daemonstatus.json',
      () => '"pending": 3, "running": 0, "finished": 1',
    ),
  ],
  'scrapyd /listprojects.json': [get(() => '/listprojects.json', project)],
  'scrapyd /listversions.json': [
    get(
      ({ project }) => `/listversions.json?project=${project}`,
      ({ version }) => version,
    ),
  ],
  'scrapyd /listspiders.json': [
    get(
      ({ project }) => `/listspiders.json?project=${project}`,
      ({ spider }) => spider,
    ),
    get(
      ({ project, version }) => `/listspiders.json?project=${project}&_version=${version}`,
      ({ spider }) => spider,
    ),
  ],
  'scrapyd /listjobs.json': [
    get(
      () => '/listjobs.json',
      ({ jobid }) => jobid,
    ),
    get(
      ({ project }) => `/listjobs.json?project=${project}`,
      ({ pendingJobid }) => pendingJobid,
    ),
  ],
  'scrapyd /status.json': [
    get(
      ({ jobid }) => `/status.json?job=${jobid}`,
      () => 'finished',
    ),
    get(
      ({ pendingJobid, project }) => `/status.json?job=${pendingJobid}&project=${project}`,
      () => 'pending',
    ),
  ],
  'scrapyd /jobs': [
    get(
      () => '/jobs',
      ({ jobid }) => jobid,
    ),
  ],
  [String.raw`scrapyd /^\/(?:logs|items)(?:\/|$)/`]: [
    get(() => '/logs/', project),
    get(() => '/items/', project),
    get(
      ({ project }) => `/logs/${project}/`,
      ({ spider }) => spider,
    ),
    get(
      ({ project, spider }) => `/logs/${project}/${spider}/`,
      ({ jobid }) => jobid,
    ),
    get(
      ({ project, spider, jobid }) => `/logs/${project}/${spider}/${jobid}.log`,
      ({ spider }) => `the log of ${spider}`,
    ),
    get(
      ({ project, spider, jobid }) => `/items/${project}/${spider}/${jobid}.jl`,
      () => '"veiled"',
    ),
  ],
  'scrapy-cloud /scrapyd/listprojects.json': [get(() => '/api/scrapyd/listprojects.json', id)],
  'scrapy-cloud /spiders/list.json': [
    get(
      ({ id }) => `/api/spiders/list.json?project=${id}`,
      ({ spider }) => spider,
    ),
  ],
  'scrapy-cloud /jobs/list.json': [
    get(
      ({ id }) => `/api/jobs/list.json?project=${id}`,
      ({ key }) => key,
    ),
    get(
      ({ id, key }) => `/api/jobs/list.json?project=${id}&job=${key}`,
      ({ spider }) => spider,
    ),
  ],
  'scrapy-cloud /jobs/list.jl': [
    get(
      ({ id, spider }) => `/api/jobs/list.jl?project=${id}&spider=${spider}&state=pending`,
      ({ waitingKey }) => waitingKey,
    ),
  ],
  'scrapy-cloud /jobs/count.json': [
    get(
      ({ id }) => `/api/jobs/count.json?project=${id}`,
      () => '"total":4',
    ),
  ],
  ...Object.fromEntries(
    ['items.jl', 'items.json', 'items.csv'].map((name) => [
      `scrapy-cloud /${name}`,
      [
        get(
          ({ id, key }) => `/api/${name}?project=${id}&job=${key}&fields=from`,
          () => 'veiled',
        ),
      ],
    ]),
  ),
  ...Object.fromEntries(
    ['log.jl', 'log.json', 'log.txt'].map((name) => [
      `scrapy-cloud /${name}`,
      [
        get(
          ({ id, key }) => `/api/${name}?project=${id}&job=${key}`,
          ({ spider }) => `the log of ${spider}`,
        ),
      ],
    ]),
  ),
  'scrapy-cloud /v2/users/me': [
    get(
      () => '/api/v2/users/me',
      () => '"username":',
    ),
  ],
  'scrapy-cloud /v2/projects/:project/spiders/:spider': [
    get(
      ({ id, spiderId }) => `/api/v2/projects/${id}/spiders/${spiderId}`,
      ({ spider }) => spider,
    ),
  ],
  'builds /builds/:file': [
    get(
      ({ project }) => `/builds/${project}.log`,
      () => 'the build of veiled',
    ),
  ],

  'scrapy-cloud /run.json': [
    post('/api/run.json', ({ id, spider }) => ({ project: id, spider, number: '1' })),
    post('/api/run.json', ({ id, spiderId }) => ({ project: id, jobq_id: spiderId, number: '2' })),
  ],
  'scrapy-cloud /schedule.json': [
    post('/api/schedule.json', ({ id, spider }) => ({ project: id, spider, number: '3' })),
  ],
  'scrapy-cloud /jobs/update.json': [
    post('/api/jobs/update.json', ({ id, key }) => ({ project: id, job: key, add_tag: 'seen' })),
    post('/api/jobs/update.json', ({ id }) => ({ project: id, has_tag: 'seen', remove_tag: 'seen' })),
  ],
  'scrapy-cloud /jobs/stop.json': [
    post('/api/jobs/stop.json', ({ id, waitingKey }) => ({ project: id, job: waitingKey })),
  ],
  'scrapy-cloud /jobs/delete.json': [
    post('/api/jobs/delete.json', ({ id, waitingKey }) => ({ project: id, job: waitingKey })),
  ],
  'scrapy-cloud /scrapyd/addversion.json': [
    upload('/api/scrapyd/addversion.json', ({ id, archive }) => ({
      project: id,
      version: '4',
      egg: archive,
    })),
  ],
  'scrapy-cloud /v2/projects/:project/spiders/:spider/tags': [
    patch(({ id, spiderId }) => `/api/v2/projects/${id}/spiders/${spiderId}/tags`, '{"add": ["seen"]}'),
  ],
  'scrapy-do /push-project.json': [
    { ...upload('/push-project.json', ({ archive }) => ({ archive })), says: project },
  ],
  'scrapyd /addversion.json': [
    upload('/addversion.json', ({ project, archive }) => ({ project, version: '3', egg: archive })),
  ],
  'scrapy-do /schedule-job.json': ['now', 'every day'].map((when) =>
    post('/schedule-job.json', ({ project, spider }) => ({ project, spider, when })),
  ),
  'scrapyd /schedule.json': [post('/schedule.json', ({ project, spider }) => ({ project, spider }))],
  'scrapy-do /cancel-job.json': [
    post('/cancel-job.json', ({ pending }) => ({ id: pending })),
    post('/cancel-job.json', ({ schedule }) => ({ id: schedule })),
  ],
  'scrapyd /cancel.json': [
    post('/cancel.json', ({ project, pendingJobid }) => ({ project, job: pendingJobid })),
  ],
  'scrapyd /delversion.json': [post('/delversion.json', ({ project }) => ({ project, version: '3' }))],
  'scrapyd /delproject.json': [post('/delproject.json', ({ second }) => ({ project: second }))],
  'scrapy-do /remove-project.json': [post('/remove-project.json', ({ second }) => ({ name: second }))],
  ...NATIVE_PROBES,
  ...STORAGE_PROBES,
};

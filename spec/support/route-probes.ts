import { multipart, urlencoded, type Sent } from './send.ts';

/** What requests are about; made up where there is nothing of the kind. */
export interface Target {
  project: string;
  /** Another project, to be removed. */
  second: string;
  spider: string;
  version: string;
  /** A finished job. */
  job: string;
  jobid: string;
  /** Jobs that wait. */
  pending: string;
  pendingJobid: string;
  schedule: string;
  /** In numbers: the project, the spider, the finished job, and another that waits. */
  id: string;
  spiderId: string;
  key: string;
  waitingKey: string;
  archive: Buffer;
}

/** A request about a target, and what it does. */
export interface Probe {
  path: (target: Target) => string;
  sent?: (target: Target) => Sent;
  /** In the answer for whoever may see the target; missing: the request changes something. */
  shows?: (target: Target) => string;
  /** What is answered to a change; missing: that it is ok. */
  answers?: RegExp;
  /** What the request says that cannot be seen in it. */
  says?: (target: Target) => string;
}

const get = (path: Probe['path'], shows: Required<Probe>['shows']): Probe => ({ path, shows });

const post = (path: string, fields: (target: Target) => Record<string, string>): Probe => ({
  path: () => path,
  sent: (target) => ({ method: 'POST', ...urlencoded(fields(target)) }),
});

const upload = (path: string, fields: (target: Target) => Record<string, string | Buffer>): Probe => ({
  path: () => path,
  sent: (target) => ({ method: 'POST', ...multipart(fields(target)) }),
});

const patch = (path: Probe['path'], body: string): Probe => ({
  path,
  sent: () => ({ method: 'PATCH', body }),
});

/** A change of the storage, whose clients send JSON without saying so. */
const change = (
  method: 'GET' | 'POST' | 'DELETE',
  path: Probe['path'],
  json: ((target: Target) => object) | null,
  answers = /^$/,
): Probe => ({
  path,
  sent: (target) => ({ method, ...(json === null ? {} : { body: JSON.stringify(json(target)) }) }),
  answers,
});

/** A spider of which there is no code, and jobs of it that are pushed. */
const PUSHED = 'veiled-elsewhere';
const pushed = ({ id }: Target, number: number) => `${id}/3/${number}`;

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

  // It is open to all.
  'scrapy-cloud /system/ts': [],
  'scrapy-cloud /jobq/:project/push': [1, 2, 3].map((number) =>
    change(
      'POST',
      ({ id }) => `/jobq/${id}/push`,
      () => ({ spider: PUSHED, priority: 4, number }),
      /"auth":null/,
    ),
  ),
  'scrapy-cloud /jobq/:project/startjob': [
    change(
      'POST',
      ({ id }) => `/jobq/${id}/startjob`,
      () => ({}),
      /"number":1,.*"auth":"\w{64}"/,
    ),
  ],
  'scrapy-cloud /jobq/:project/:spider/:job/cancel': [
    change('POST', (target) => `/jobq/${pushed(target, 3)}/cancel`, null, /"count":1/),
  ],
  'scrapy-cloud /jobs/:project/:spider/:job': [
    get(
      (target) => `/jobs/${pushed(target, 1)}`,
      () => PUSHED,
    ),
    change(
      'POST',
      (target) => `/jobs/${pushed(target, 1)}`,
      () => ({ foo: 'bar' }),
    ),
    change('DELETE', (target) => `/jobs/${pushed(target, 3)}`, null),
  ],
  'scrapy-cloud /jobs/:project/:spider/:job/:field': [
    get(
      (target) => `/storage/jobs/${pushed(target, 1)}/spider`,
      () => PUSHED,
    ),
    change(
      'POST',
      (target) => `/jobs/${pushed(target, 1)}/tags`,
      () => ['seen'],
    ),
    change('DELETE', (target) => `/jobs/${pushed(target, 1)}/foo`, null),
  ],
  'scrapy-cloud /jobq/:project/list': [
    get(
      ({ id }) => `/jobq/${id}/list?state=running`,
      () => PUSHED,
    ),
  ],
  'scrapy-cloud /jobq/:project/jobsummary': [
    get(
      ({ id, key }) => `/jobq/${id}/jobsummary?key=${key}`,
      ({ spider }) => `"spider":"${spider}"`,
    ),
  ],
  'scrapy-cloud /jobq/:project/update': [
    change(
      'POST',
      ({ id }) => `/jobq/${id}/update`,
      (target) => ({ key: pushed(target, 1), state: 'finished' }),
      /"prevstate":"running"/,
    ),
  ],
  'scrapy-cloud /jobq/:project/cancel': [
    change(
      'POST',
      ({ id }) => `/jobq/${id}/cancel`,
      (target) => [{ key: pushed(target, 2) }],
      /"count":1/,
    ),
  ],
  'scrapy-cloud /jobq/:project/count': [
    get(
      ({ id }) => `/jobq/${id}/count?has_tag=seen`,
      () => '1',
    ),
  ],
  ...Object.fromEntries(
    ['/summary', '/summary/:queue', '/:spider/summary', '/:spider/summary/:queue'].map((path) => [
      `scrapy-cloud /jobq/:project${path}`,
      [
        get(
          ({ id, spiderId }) =>
            `/jobq/${id}${path.replace(':spider', spiderId).replace(':queue', 'finished')}`,
          ({ key }) => key,
        ),
      ],
    ]),
  ),
  'scrapy-cloud /spiders/:project/lastjobsummary': [
    get(
      ({ id }) => `/spiders/${id}/lastjobsummary`,
      () => PUSHED,
    ),
  ],
  'scrapy-cloud /spiders/:project/:spider/lastjobsummary': [
    get(
      ({ id, spiderId }) => `/spiders/${id}/${spiderId}/lastjobsummary`,
      ({ spider }) => spider,
    ),
  ],
  'scrapy-cloud /ids/:project/spider/:name': [
    get(
      ({ id, spider }) => `/ids/${id}/spider/${spider}`,
      ({ spiderId }) => spiderId,
    ),
    change('GET', ({ id }) => `/ids/${id}/spider/veiled-new?create=1`, null, /^4$/m),
  ],
  'scrapy-cloud /projects/jobsummaries': [get(() => '/projects/jobsummaries', id)],
  'scrapy-cloud /projects/:project/jobsummary': [get(({ id }) => `/projects/${id}/jobsummary`, id)],
  'scrapy-cloud /projects/:project/settings': [
    change(
      'POST',
      ({ id }) => `/projects/${id}/settings`,
      () => ({ kept: 'covert' }),
    ),
    get(
      ({ id }) => `/projects/${id}/settings`,
      () => 'covert',
    ),
  ],
  'scrapy-cloud /projects/:project/settings/:key': [
    get(
      ({ id }) => `/projects/${id}/settings/kept`,
      () => 'covert',
    ),
    change(
      'POST',
      ({ id }) => `/projects/${id}/settings/kept`,
      () => ['covert'],
    ),
    change('DELETE', ({ id }) => `/projects/${id}/settings/kept`, null),
  ],
  'scrapy-cloud /activity/:project': [
    change(
      'POST',
      ({ id }) => `/activity/${id}`,
      () => ({ event: 'covert' }),
    ),
    get(
      ({ id }) => `/activity/${id}`,
      ({ key }) => key,
    ),
  ],
  ...Object.fromEntries(
    ['items', 'logs', 'requests', 'samples'].map((kind) => [
      `scrapy-cloud /${kind}/:project{/:spider{/:job{/:number{/:field}}}}`,
      [
        get(
          ({ key }) => `/${kind}/${key}`,
          ({ spider }) => (kind === 'items' || kind === 'logs' ? spider : ''),
        ),
        get(
          ({ id, spiderId }) => `/${kind}/${id}/${spiderId}`,
          ({ spider }) => (kind === 'items' || kind === 'logs' ? spider : ''),
        ),
      ],
    ]),
  ),
};

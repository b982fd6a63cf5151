import { change, get, type Probe, type Target } from './probe.ts';

/** A spider of which there is no code, and jobs of it that are pushed. */
const PUSHED = 'veiled-elsewhere';
const pushed = ({ id }: Target, number: number) => `${id}/3/${number}`;

const id = ({ id }: Target) => id;

/** Requests to the routes of Scrapy Cloud's storage, as in PROBES, which has the others before them. */
export const STORAGE_PROBES: Record<string, readonly Probe[]> = {
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

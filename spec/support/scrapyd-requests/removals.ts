import type { Step } from '../scrapyd-request.ts';
import { add } from './versions.ts';

const SCHEDULE = 'POST /schedule.json';
const WAITS = 'project=trouble&spider=lines&count=1&gate={gate}';

/** Versions and projects that are removed while a job runs and another waits. */
export const REMOVALS: Step[] = [
  { ask: SCHEDULE, form: `${WAITS}&_version=9`, saves: 'active' },
  { until: 'active', is: 'running' },
  { seen: 'Crawled 0 pages', at: '/logs/trouble/lines/{active}.log' },
  { ask: SCHEDULE, form: `${WAITS}&_version=2`, saves: 'waiting' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=9' },
  { ask: 'GET /listversions.json?project=trouble' },
  { ask: 'GET /status.json?job={active}' },
  { ask: SCHEDULE, form: 'project=trouble&spider=fine&_version=9' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=2' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=10' },
  { ask: 'GET /listprojects.json' },
  { ask: 'GET /listversions.json?project=trouble' },
  { ask: 'GET /listspiders.json?project=trouble' },
  { ask: 'GET /listjobs.json?project=trouble' },
  { ask: 'GET /status.json?job={active}' },
  { ask: 'GET /status.json?job={active}&project=trouble' },
  { ask: 'GET /status.json?job={waiting}' },
  { ask: 'GET /daemonstatus.json' },
  { ask: 'POST /delproject.json', form: 'project=trouble' },
  {
    ask: 'POST /cancel.json',
    form: 'project=trouble&job={active}',
    differs: {
      why: 'what runs can be stopped',
      body: { status: 'ok', message: undefined, prevstate: 'running' },
    },
  },
  { release: 'gate' },
  { until: 'active', is: 'finished' },
  { ask: 'GET /daemonstatus.json' },
  add('1'),
  { ask: 'GET /listversions.json?project=trouble' },
  { ask: 'POST /delproject.json', form: 'project=trouble' },
  { ask: 'GET /listprojects.json' },
  { ask: 'GET /listjobs.json?project=trouble' },
];

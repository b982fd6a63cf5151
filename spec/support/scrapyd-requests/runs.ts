import type { Ask, Difference, Patch, Step } from '../scrapyd-request.ts';
import { PAGES, UTF8 } from './pages.ts';

const SCHEDULE = 'POST /schedule.json';
const FINE = 'project=trouble&spider=fine';
const WAITS = 'project=trouble&spider=lines&count=1&gate={gate}';

/** Waits until a spider can be stopped well, so that both stop it in the same state. */
const crawls = (job: string): Step[] => [
  { until: job, is: 'running' },
  { seen: 'Crawled 0 pages', at: `/logs/trouble/lines/{${job}}.log` },
];

const cancel = (job: string, signal: string, differs?: Difference): Ask => ({
  ask: 'POST /cancel.json',
  form: `project=trouble&job={${job}}&signal=${signal}`,
  ...(differs === undefined ? {} : { differs }),
});

const badSignal = (signal: string): Ask =>
  cancel('running', signal, {
    why: 'words',
    body: {
      message: `signal is invalid: "${signal}" is neither a signal's name, such as TERM, nor its number`,
    },
  });

const items = (job: string): Patch => ({ items_url: `/items/trouble/lines/{${job}}.jl` });

const ITEMS_EARLY: Difference = {
  why: 'the items file is there from the start, not from the first item or the end on',
  body: { running: { 0: items('running') } },
};

/** One job runs at a time, so the others wait. */
export const RUNS: Step[] = [
  { ask: 'GET /daemonstatus.json' },
  { ask: SCHEDULE, form: `${FINE}&jobid=first` },
  { until: 'first', is: 'finished' },
  { ask: 'GET /status.json?job={first}' },
  { ask: 'GET /status.json?job={first}&project=trouble' },
  { ask: 'GET /status.json?job={first}&project=other' },
  { ask: 'GET /listjobs.json?project=trouble' },
  ...PAGES,
  { ask: 'POST /cancel.json', form: 'project=trouble&job={first}' },

  { ask: SCHEDULE, form: WAITS, saves: 'running' },
  ...crawls('running'),
  { ask: 'GET /daemonstatus.json' },
  { ask: SCHEDULE, form: `${FINE}&a=1&a=2&setting=A=1&setting=B=2=3&setting=A=4`, saves: 'settings' },
  { ask: SCHEDULE, form: `${FINE}&_version=9&priority=-1.5`, saves: 'late' },
  { ask: SCHEDULE, form: `${FINE}&priority=2&b=%C3%A9`, saves: 'soon' },
  { ask: SCHEDULE, form: `${FINE}&priority=1e3&empty=&jobid=chosen.by-me_1` },
  { ask: SCHEDULE, form: `${FINE}&priority=%202%20`, saves: 'equal' },
  { ask: SCHEDULE, form: `${FINE}&priority=1_0&jobid=with%20space%20%C3%A9` },
  { ask: SCHEDULE, parts: { project: 'trouble', spider: 'fine', part: 'one\r\ntwo' }, saves: 'parts' },
  { ask: 'GET /listjobs.json', differs: ITEMS_EARLY },
  { ask: 'GET /listjobs.json?project=trouble', differs: ITEMS_EARLY },
  { ask: 'GET /listjobs.json?project=none' },
  { ask: 'HEAD /listjobs.json' },
  { ask: 'GET /daemonstatus.json' },
  { ask: 'GET /status.json?job={running}' },
  { ask: 'GET /status.json?job={soon}' },
  { ask: 'GET /status.json?job={soon}&project=trouble' },
  { ask: 'POST /cancel.json', form: 'project=none&job={soon}' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job=none' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job=' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job=%27%20OR%201%3D1' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job={soon}' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job={soon}' },
  { ask: 'GET /status.json?job={soon}' },
  ...['late', 'settings', 'chosen', 'spaces', 'equal', 'parts'].map((job) => ({
    ask: 'POST /cancel.json?project=trouble',
    form: `job={${job}}`,
  })),
  ...['name', 'settings', 'spider_name'].flatMap((name): Ask[] => [
    {
      ask: SCHEDULE,
      form: `${FINE}&${name}=x`,
      saves: name,
      differs: {
        why: 'it is a spider argument, too',
        body: { status: 'ok', message: undefined, jobid: `{${name}}` },
      },
    },
    cancel(name, 'TERM', { why: 'it is a spider argument, too', body: { prevstate: 'pending' } }),
  ]),
  ...['inf', 'nan'].flatMap((priority): Ask[] => [
    {
      ask: SCHEDULE,
      form: `${FINE}&priority=${priority}`,
      saves: priority,
      differs: {
        why: 'no place in a queue',
        body: {
          status: 'error',
          jobid: undefined,
          message: `priority is invalid: "${priority}" is not a finite number`,
        },
      },
    },
    cancel(priority, 'TERM', { why: 'it was refused', body: { prevstate: null } }),
  ]),
  { ask: SCHEDULE, form: `${FINE}&_version=`, saves: 'empty' },
  {
    ask: 'GET /listjobs.json?project=trouble',
    differs: {
      why: 'an empty version is the default one, which scrapyd finds for its spiders only',
      body: { pending: { 0: { version: null } }, running: { 0: items('running') } },
    },
  },
  cancel('empty', 'NONSENSE'),

  badSignal('NONSENSE'),
  badSignal('int'),
  badSignal('999'),
  badSignal('-9'),
  badSignal(''),
  cancel('running', '0', {
    why: 'words',
    body: {
      status: 'error',
      prevstate: undefined,
      message: 'signal is invalid: "0" is neither a signal\'s name, such as TERM, nor its number',
    },
  }),
  ...['CONT', 'SIGCONT'].map((signal) =>
    cancel('running', signal, {
      why: 'every signal may be named',
      body: { status: 'ok', message: undefined, prevstate: 'running' },
    }),
  ),
  { ask: 'POST /cancel.json', form: 'project=trouble&job={running}' },
  { until: 'running', is: 'finished' },
  { ask: 'GET /daemonstatus.json' },
  { ask: SCHEDULE, form: WAITS, saves: 'killed' },
  ...crawls('killed'),
  cancel('killed', '9'),
  { until: 'killed', is: 'finished' },
  { ask: SCHEDULE, form: 'project=trouble&spider=failing&_version=9&jobid=%C3%A9%20f' },
  { until: 'failed', is: 'finished' },
  { ask: 'GET /logs/trouble/failing/{failed}.log', headOnly: true, differs: UTF8 },
  { ask: SCHEDULE, form: WAITS, saves: 'last' },
  ...crawls('last'),
  cancel('last', 'KILL&signal=TERM'),
  { until: 'last', is: 'finished' },
  {
    ask: 'GET /listjobs.json?project=trouble',
    differs: {
      why: 'addresses are escaped; items are kept from the first on, also of a spider that is killed',
      body: {
        finished: {
          0: items('last'),
          1: { log_url: '/logs/trouble/failing/%C3%A9%20f.log' },
          2: items('killed'),
        },
      },
    },
  },
];

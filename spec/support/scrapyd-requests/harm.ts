import type { Ask, Step } from '../scrapyd-request.ts';
import { add } from './versions.ts';

const SCHEDULE = 'POST /schedule.json';
const WAITS = 'project=trouble&spider=lines&count=1&gate={second}';

const noFileName = (jobid: string): Ask => ({
  ask: SCHEDULE,
  form: `project=trouble&spider=fine&jobid=${encodeURIComponent(jobid)}`,
  differs: {
    why: 'scrapyd takes it, and never starts the job; its slot is lost',
    body: {
      status: 'error',
      jobid: undefined,
      message: `jobid is invalid: "${jobid}" cannot be a file name: use 1 to 200 bytes, without slashes and control characters`,
    },
  },
});

const noName = (ask: Ask, what: string, name: string): Ask => ({
  ...ask,
  differs: {
    why: 'scrapyd takes an empty name; words',
    body: {
      ...{ status: 'error', project: undefined, version: undefined, spiders: undefined },
      message: `"${name}" cannot be the name of a ${what}: use 1 to 100 characters, none of them a control character.`,
    },
  },
});

/** What harms the real one, and so comes last. */
export const HARM: Step[] = [
  add('1'),
  { ask: SCHEDULE, form: `${WAITS}&jobid=twice` },
  { until: 'twice', is: 'running' },
  {
    ask: SCHEDULE,
    form: `${WAITS}&jobid=twice`,
    differs: {
      why: 'both would write to the same log',
      body: {
        status: 'error',
        jobid: undefined,
        message:
          'Project "trouble" has a job "{twice}" already, which is RUNNING: choose another jobid, or wait until it is over.',
      },
    },
  },
  ...['', '..', '../p', 'a\nb', 'x'.repeat(5000)].map(noFileName),
  noName(add(''), 'version', ''),
  noName(add('1', ''), 'project', ''),
  noName(add('x'.repeat(5000)), 'version', `${'x'.repeat(100)}…`),
  {
    ask: 'POST /delproject.json',
    form: 'project=',
    differs: {
      why: 'scrapyd removes all projects',
      body: { status: 'error', message: "project '' not found" },
    },
  },
  {
    ask: 'GET /listprojects.json',
    differs: { why: 'scrapyd has removed all projects', body: { projects: ['trouble'] } },
  },
];

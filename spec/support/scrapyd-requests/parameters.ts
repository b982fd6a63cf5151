import type { Ask, Difference } from '../scrapyd-request.ts';
import { zip } from '../zip.ts';

const noSuchPage = (path: string): Difference => ({
  why: 'no dialect owns the address',
  headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
  body: { status: 'error', msg: `There is nothing at "${path}".` },
});

/** With something missing, doubled, or in another place than usual; there is no project yet. */
export const PARAMETERS: Ask[] = [
  { ask: 'POST /schedule.json', form: 'project=trouble' },
  { ask: 'POST /schedule.json', form: 'spider=fine' },
  { ask: 'POST /schedule.json', form: 'project=trouble&spider=fine' },
  { ask: 'POST /schedule.json?project=trouble&spider=fine' },
  { ask: 'POST /schedule.json?project=first', form: 'project=second&spider=fine' },
  { ask: 'POST /schedule.json?project=first', parts: { project: 'second', spider: 'fine' } },
  { ask: 'POST /schedule.json', form: 'project=first&project=second&spider=fine' },
  { ask: 'POST /schedule.json', parts: { project: 'trouble', spider: 'fine' } },
  { ask: 'POST /schedule.json', form: 'project=&spider=fine' },
  {
    ask: 'POST /schedule.json',
    form: 'project&spider=fine',
    differs: { why: 'a field without "=" is empty', body: { message: "project '' not found" } },
  },
  { ask: 'POST /schedule.json', form: 'project=trouble&spider=fine&priority=abc' },
  { ask: 'POST /schedule.json', form: 'project=trouble&spider=fine&priority=' },
  {
    ask: 'POST /schedule.json',
    form: 'project=%ff&spider=fine',
    differs: {
      why: 'words',
      body: { message: 'The value of parameter "project" is not valid UTF-8: "\ufffd".' },
    },
  },
  {
    ask: 'POST /schedule.json',
    form: '{"project": "trouble", "spider": "fine"}',
    headers: { 'content-type': 'application/json' },
    differs: {
      why: 'scrapyd takes a body that it cannot read for an empty one',
      body: {
        message:
          'Content-Type "application/json" is not understood: send the parameters as form fields ' +
          '(multipart/form-data or application/x-www-form-urlencoded).',
      },
    },
  },
  { ask: 'POST /cancel.json', form: 'project=trouble' },
  { ask: 'POST /cancel.json', form: 'job=1' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job=1' },
  { ask: 'POST /cancel.json', form: 'project=trouble&job=1&signal=TERM' },
  { ask: 'POST /addversion.json', form: 'project=trouble&version=1' },
  { ask: 'POST /addversion.json', form: 'project=trouble&egg=1' },
  { ask: 'POST /addversion.json', form: 'version=1&egg=1' },
  { ask: 'POST /addversion.json', form: 'project=trouble&version=1&egg=project.egg' },
  { ask: 'POST /addversion.json', parts: { project: 'trouble', version: '1', egg: 'no zip' } },
  { ask: 'POST /addversion.json', parts: { project: 'trouble', version: '1', egg: '' } },
  { ask: 'POST /addversion.json', parts: { project: '../p', version: '1', egg: zip([{ name: 'a.txt' }]) } },
  { ask: 'GET /status.json?job=1' },
  { ask: 'GET /status.json?job=1&project=trouble' },
  { ask: 'GET /status.json?job=' },
  { ask: 'GET /listversions.json?project=trouble' },
  { ask: 'GET /listversions.json?project=trouble&project=other&unknown=1' },
  { ask: 'GET /listspiders.json?project=trouble' },
  { ask: 'GET /listspiders.json?project=trouble&_version=1' },
  { ask: 'GET /listjobs.json?project=trouble' },
  { ask: 'GET /listjobs.json?project=' },
  { ask: 'GET /listprojects.json?project=trouble' },
  { ask: 'GET /daemonstatus.json?a=1&b=2' },
  {
    ask: 'GET /listspiders.json',
    form: 'project=trouble',
    differs: { why: 'a form is read with every method', body: { message: "project 'trouble' not found" } },
  },
  { ask: 'POST /delversion.json', form: 'project=trouble' },
  { ask: 'POST /delversion.json', form: 'version=1' },
  { ask: 'POST /delversion.json', form: 'project=trouble&version=1' },
  { ask: 'POST /delproject.json', form: 'project=trouble' },
  ...['/nothing.json', '/schedule.json/', '/Schedule.json'].map((path) => ({
    ask: `GET ${path}`,
    differs: noSuchPage(path),
  })),
];

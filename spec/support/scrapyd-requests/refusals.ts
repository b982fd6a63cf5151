import type { Ask } from '../scrapyd-request.ts';
import { HOSTILE } from './names.ts';

const SCHEDULE = 'POST /schedule.json';
const FINE = 'project=trouble&spider=fine';

const refused = (form: string, message: string): Ask => ({
  ask: SCHEDULE,
  form,
  differs: { why: 'words', body: { message } },
});

/** Requests for runs that are refused. */
export const REFUSALS: Ask[] = [
  { ask: SCHEDULE, form: 'project=trouble&spider=none' },
  { ask: SCHEDULE, form: 'project=trouble&spider=' },
  { ask: SCHEDULE, form: 'project=trouble&spider=FINE' },
  ...HOSTILE.map((name) => ({ ask: SCHEDULE, form: `project=trouble&spider=${encodeURIComponent(name)}` })),
  ...HOSTILE.map((name) => {
    const form = `${FINE}&_version=${encodeURIComponent(name)}`;
    return name.length > 255 ? refused(form, `version '${name}' not found`) : { ask: SCHEDULE, form };
  }),
  { ask: SCHEDULE, form: `${FINE}&_version=3` },
  { ask: SCHEDULE, form: `${FINE}&priority=high` },
  { ask: SCHEDULE, form: `${FINE}&priority=0x10` },
  { ask: SCHEDULE, form: `${FINE}&priority=1,5` },
  refused(`${FINE}&setting=NO_VALUE`, 'setting is invalid: "NO_VALUE" is not NAME=VALUE'),
  refused(`${FINE}&_job=x`, '"_job" cannot be the name of a spider argument'),
  refused(`${FINE}&x=%ff`, 'The value of parameter "x" is not valid UTF-8: "\ufffd".'),
  refused(`${FINE}&jobid=%ff`, 'The value of parameter "jobid" is not valid UTF-8: "\ufffd".'),
];

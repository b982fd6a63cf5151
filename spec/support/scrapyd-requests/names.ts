import type { Ask, Difference } from '../scrapyd-request.ts';

/** Names that are to be taken for what they are. */
export const HOSTILE = [
  '..',
  '.',
  '../p',
  '/etc/passwd',
  'a/b',
  'a\\b',
  '<script>alert(1)</script>',
  "x'; DROP TABLE jobs; --",
  '\u{1f577}',
  'x'.repeat(5000),
];

const noNul = (field: string): Difference => ({
  why: 'a NUL is refused wherever it stands',
  body: { message: `The value of parameter "${field}" holds a NUL character.` },
});

const tooLong = (message: string): Difference => ({ why: 'words', body: { message } });

/** Of projects, where there are none yet. */
export const NAMES: Ask[] = [
  ...HOSTILE.flatMap((name): Ask[] => {
    const value = encodeURIComponent(name);
    const isLong = name.length > 255;
    return [
      { ask: `GET /listversions.json?project=${value}` },
      { ask: `GET /listspiders.json?project=${value}` },
      { ask: `GET /listjobs.json?project=${value}` },
      { ask: `GET /status.json?job=${value}&project=${value}` },
      { ask: `GET /status.json?job=${value}` },
      { ask: 'POST /schedule.json', form: `project=${value}&spider=fine` },
      { ask: 'POST /cancel.json', form: `project=${value}&job=${value}` },
      {
        ask: 'POST /delversion.json',
        form: `project=${value}&version=1`,
        ...(isLong ? { differs: tooLong("version '1' not found") } : {}),
      },
      {
        ask: 'POST /delproject.json',
        form: `project=${value}`,
        ...(isLong ? { differs: tooLong(`project '${name}' not found`) } : {}),
      },
    ];
  }),
  { ask: 'GET /listversions.json?project=a%00b', differs: noNul('project') },
  { ask: 'GET /listjobs.json?project=a%00b', differs: noNul('project') },
  { ask: 'POST /schedule.json', form: 'project=a%00b&spider=fine', differs: noNul('project') },
  { ask: 'POST /schedule.json', form: 'project=a&spider=a%00b', differs: noNul('spider') },
  { ask: 'POST /schedule.json', form: 'project=a&spider=b&jobid=a%00b', differs: noNul('jobid') },
  { ask: 'POST /delproject.json', form: 'project=a%00b', differs: noNul('project') },
];

import type { Ask } from '../scrapyd-request.ts';

const GETS = ['daemonstatus', 'listprojects', 'listversions', 'listspiders', 'listjobs'];
const POSTS = ['addversion', 'schedule', 'cancel', 'delversion', 'delproject'];

/** Every endpoint by every method, with nothing else. */
export const METHODS: Ask[] = [
  ...[...GETS, ...POSTS].flatMap((endpoint) =>
    ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE'].map((method) => ({
      ask: `${method} /${endpoint}.json`,
    })),
  ),
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'].map((method) => ({
    ask: `${method} /status.json?job=1`,
  })),
  { ask: 'OPTIONS /status.json' },
  {
    ask: 'GET /status.json',
    headOnly: true,
    differs: {
      why: 'without "job" it is the endpoint of Scrapy Do',
      headers: { 'access-control-allow-methods': undefined, 'access-control-allow-headers': undefined },
    },
  },
];

import type { Ask, Difference } from '../scrapyd-request.ts';

const TEXT = 'text/plain; charset=utf-8';
/** How the files of jobs are sent. */
export const UTF8: Difference = { why: 'logs and items are UTF-8', headers: { 'content-type': TEXT } };

const page = (ask: string, differs?: Difference): Ask => ({
  ask,
  headOnly: true,
  ...(differs === undefined ? {} : { differs }),
});

const range = (bytes: string): Ask => ({
  ...page('GET /logs/trouble/fine/{first}.log', UTF8),
  headers: { range: `bytes=${bytes}` },
});

/** What is told in a sentence, not in a page. */
const sentence = (ask: string, changes: Partial<Difference> = {}): Ask =>
  page(ask, {
    why: 'a sentence will do',
    ...changes,
    headers: { 'content-type': TEXT, ...changes.headers },
  });

/** Logs, items and pages, once the job `first` of the spider `fine` is over. */
export const PAGES: Ask[] = [
  page('GET /logs/trouble/fine/{first}.log', UTF8),
  page('HEAD /logs/trouble/fine/{first}.log', UTF8),
  range('0-9'),
  range('9999999-'),
  { ask: 'GET /items/trouble/fine/{first}.jl', differs: UTF8 },
  page('GET /logs/trouble/fine/'),
  page('GET /logs/trouble/'),
  page('HEAD /logs/'),
  page('GET /items/'),
  sentence('GET /logs'),
  sentence('GET /logs/trouble'),
  sentence('GET /logs/trouble/fine/none.log'),
  sentence('GET /logs/trouble/none/'),
  sentence('GET /logs/../scrapyd.conf'),
  sentence('GET /logs/..%2Fscrapyd.conf'),
  sentence('GET /logs/trouble/..%2F..%2F..%2Fscrapyd.conf'),
  sentence('GET /logs/trouble/%ff'),
  sentence('GET /logs//trouble/'),
  sentence('GET /logs/trouble/%00', { why: 'scrapyd stumbles over a NUL', status: 404 }),
  sentence('POST /logs/', {
    why: 'nothing can be posted there',
    status: 405,
    headers: { allow: 'GET, HEAD' },
  }),
  page('GET /jobs'),
  page('HEAD /jobs'),
  sentence('POST /jobs', { headers: { allow: 'GET, HEAD' } }),
  sentence('OPTIONS /jobs', {
    why: 'a method that is not allowed, as any other',
    status: 405,
    headers: { allow: 'GET, HEAD' },
  }),
  page('GET /jobs/', {
    why: 'no dialect owns the address',
    headers: { 'content-type': 'application/json', 'access-control-allow-origin': '*' },
  }),
  page('GET /'),
  page('HEAD /'),
];

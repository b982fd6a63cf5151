import type { Ask, Difference } from '../scrapyd-request.ts';

const basic = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });
const USER = basic('guest:pass:word');

const CHALLENGE: Difference = {
  why: 'Digest is offered, too, and the text is no page',
  headers: { 'content-type': 'text/plain; charset=utf-8', 'www-authenticate': 'digest, basic' },
};

/** For a pair that wants the user `guest` with the password `pass:word`. */
export const LOGIN: Ask[] = [
  { ask: 'GET /daemonstatus.json', differs: CHALLENGE },
  { ask: 'GET /daemonstatus.json', headers: USER },
  { ask: 'HEAD /daemonstatus.json', differs: CHALLENGE },
  { ask: 'OPTIONS /daemonstatus.json', differs: CHALLENGE },
  { ask: 'POST /schedule.json', form: 'project=a&spider=b', differs: CHALLENGE },
  { ask: 'POST /schedule.json', form: 'project=a&spider=b', headers: USER },
  { ask: 'GET /daemonstatus.json', headers: basic('guest:wrong'), differs: CHALLENGE },
  { ask: 'GET /daemonstatus.json', headers: basic('Guest:pass:word'), differs: CHALLENGE },
  { ask: 'GET /daemonstatus.json', headers: basic('guest'), differs: CHALLENGE },
  { ask: 'GET /daemonstatus.json', headers: basic(':'), differs: CHALLENGE },
  { ask: 'GET /daemonstatus.json', headers: { authorization: 'Basic ???' }, differs: CHALLENGE },
  { ask: 'GET /daemonstatus.json', headers: { authorization: 'Bearer abc' }, differs: CHALLENGE },
  { ask: 'GET /jobs', headOnly: true, differs: CHALLENGE },
  { ask: 'GET /jobs', headers: USER, headOnly: true },
  { ask: 'GET /logs/', headOnly: true, differs: CHALLENGE },
  { ask: 'GET /nothing', differs: CHALLENGE },
];

import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answered, Ask, Known } from './scrapyd-request.ts';
import { multipart, send } from './send.ts';

const HEADERS = [
  'content-type',
  'allow',
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
];

const LONGEST_WAIT_MS = 30_000;

/** Sends one request to one side. */
export async function exchange(url: string, ask: Ask, known: Known): Promise<Answered> {
  const [method = '', path = ''] = fill(ask.ask, known).split(' ');
  const form = ask.parts === undefined ? { headers: {}, body: '' } : multipart(ask.parts);
  if (ask.form !== undefined) {
    form.headers = { 'content-type': 'application/x-www-form-urlencoded' };
    form.body = fill(ask.form, known);
  }
  const headers = { ...form.headers, ...ask.headers };
  const answer = await send(url, path, { method, headers, body: form.body });
  if (ask.saves !== undefined && answer.body?.jobid !== undefined)
    known.set(ask.saves, String(answer.body.jobid));
  const seen = Object.fromEntries(
    HEADERS.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const challenge = answer.headers.get('www-authenticate');
  if (challenge !== null) seen['www-authenticate'] = schemesOf(challenge);
  const body: unknown = ask.headOnly ? '' : (answer.body ?? answer.text);
  return { status: answer.status, headers: seen, body: masked(body, known) };
}

/** The schemes of a challenge, each once, in lower case: `digest, basic`. */
function schemesOf(challenge: string): string {
  const schemes = [...challenge.matchAll(/(\w+) realm=/gi)].map(([, scheme]) => scheme?.toLowerCase());
  return [...new Set(schemes)].join(', ');
}

/**
 * Waits until an answer holds a text. Neither side tells by itself.
 * @throws Error with the last answer when it does not come
 */
export async function seen(url: string, path: string, text: string, known: Known = new Map()): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    // Of a file that grows scrapyd sends more than it announced, which is no answer.
    const answer = await fetch(url + fill(path, known)).then((response) => response.text(), String);
    if (answer.includes(text)) return;
    if (Date.now() > deadline) throw new Error(`"${text}" never came at ${url}${path}, last: ${answer}`);
    await sleep(20);
  }
}

/** Lets the spiders that wait for a file go on. */
export function release(gate: string): void {
  writeFileSync(gate, '');
}

/** Addresses and forms hold them escaped. */
function fill(text: string, known: Known): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = known.get(name);
    return value === undefined ? whole : encodeURIComponent(value);
  });
}

/** scrapyd lists projects as they come from the disk. */
function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value;
}

/** Jobids, process ids and times in place of which their names stand. */
function masked(value: unknown, known: Known): unknown {
  if (Array.isArray(value)) return value.map((each) => masked(each, known));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === 'pid' && typeof inner === 'number'
          ? '{pid}'
          : masked(key === 'projects' ? sorted(inner) : inner, known),
      ]),
    );
  }
  if (typeof value !== 'string') return value;
  let text = value;
  for (const [name, known_] of known) text = text.replaceAll(known_, `{${name}}`);
  return text
    .replace(/^Traceback [^]*/m, '{traceback}')
    .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?$/, '{time}')
    .replace(/^[0-9a-f]{32}$/, '{jobid}');
}

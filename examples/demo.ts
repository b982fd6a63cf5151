// `npm run demo`: the daemon with something to do. A small site on loopback, examples/quotes pushed, one spider
// run at once and one every ten seconds, and their logs on this terminal. Each step is shown as the curl command
// that does the same. Flags are the daemon's own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { entry } from '../bundle/entry.mjs';
import { startSite } from './site.ts';
import { zipProject } from './zip-project.ts';

const ROOT = join(import.meta.dirname, '..');
const PROJECT = 'quotes';
const LOOK_EVERY_MS = 500;

interface Job {
  identifier: string;
  status: string;
  actor: string;
  project: string;
  spider: string;
  duration: number | null;
}

type Answer = { status: string; msg?: string; jobs?: Job[] } & Record<string, unknown>;

const stop = new AbortController();
const { signal } = stop;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    stop.abort();
  });
}

// `npm run demo | head`: nobody reads any more.
process.stdout.on('error', () => {
  stop.abort();
});

const daemon = startDaemon(process.argv.slice(2));
const ended = once(daemon, 'exit') as Promise<[number | null, string | null]>;
void ended.then(() => {
  stop.abort();
});
try {
  const url = await addressOf(daemon);
  const site = await startSite({ port: 0 });
  try {
    await demo(url, site.url);
  } finally {
    await site.close();
  }
} catch (error) {
  if (!signal.aborted) {
    print(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
} finally {
  daemon.kill('SIGTERM');
  const [code] = await ended;
  if (code !== null && code !== 0) process.exitCode = code;
}

async function demo(url: string, siteUrl: string): Promise<void> {
  const seen = new Set((await list(url, 'COMPLETED')).map((job) => job.identifier));

  heading('A project is pushed as a zip archive');
  print(`$ (cd examples && zip -r - ${PROJECT}) > ${PROJECT}.zip`);
  await ask(url, 'push-project.json', {
    archive: new File([await zipProject(join(import.meta.dirname, PROJECT))], `${PROJECT}.zip`),
  });

  const old = (await list(url, 'SCHEDULED')).filter((job) => job.project === PROJECT);
  if (old.length > 0) heading('What an earlier demo left scheduled is canceled');
  for (const { identifier } of old) await ask(url, 'cancel-job.json', { id: identifier });

  heading('One spider is run now, the other every 10 seconds');
  await ask(url, 'schedule-job.json', { project: PROJECT, spider: 'authors', when: 'now', url: siteUrl });
  await ask(url, 'schedule-job.json', {
    project: PROJECT,
    spider: 'quotes',
    when: 'every 10 seconds',
    url: siteUrl,
  });

  heading('Each run is followed as it writes its log (Ctrl-C ends the demo)');
  for (;;) {
    const jobs = [...(await list(url, 'COMPLETED')), ...(await list(url, 'ACTIVE'))];
    const next = jobs.findLast((job) => job.status !== 'SCHEDULED' && !seen.has(job.identifier));
    if (next === undefined) {
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    } else {
      seen.add(next.identifier);
      await follow(url, next);
    }
  }
}

/** Prints a run's log until it is over, then how it went. */
async function follow(url: string, { identifier, spider, actor }: Job): Promise<void> {
  heading(`${spider}, ${actor === 'SCHEDULER' ? 'as scheduled' : 'as asked for'}`);
  const log = `${url}/get-log/data/${identifier}.err`;
  print(`$ curl -s ${log}`);
  const response = await fetch(log, { signal });
  for await (const chunk of response.body ?? []) process.stdout.write(chunk as Uint8Array);
  const [job] = (await call(url, `list-jobs.json?id=${identifier}`)).jobs ?? [];
  if (job !== undefined) print(`=> ${job.spider}: ${job.status}, ${String(job.duration)} s`);
}

async function list(url: string, status: string): Promise<Job[]> {
  return (await call(url, `list-jobs.json?status=${status}`)).jobs ?? [];
}

/** Posts a form, showing the curl command and the answer. */
async function ask(url: string, endpoint: string, fields: Record<string, string | File>): Promise<void> {
  const form = new FormData();
  const shown = Object.entries(fields).map(([name, value]) => {
    form.append(name, value);
    const text = `${name}=${typeof value === 'string' ? value : `@${value.name}`}`;
    return `-F ${/\s/.test(text) ? `"${text}"` : text}`;
  });
  print(`$ curl -s ${url}/${endpoint} ${shown.join(' ')}`);
  print(JSON.stringify(await call(url, endpoint, form), null, 2));
}

async function call(url: string, path: string, form?: FormData): Promise<Answer> {
  const response = await fetch(
    `${url}/${path}`,
    form === undefined ? { signal } : { signal, method: 'POST', body: form },
  );
  const answer = (await response.json()) as Answer;
  if (answer.status !== 'ok') throw new Error(`The daemon refused: ${answer.msg ?? response.statusText}`);
  return answer;
}

/** The daemon as `npm start` starts it, with a data folder of its own but the same Python; its spiders end with it. */
function startDaemon(flags: string[]): ChildProcess {
  const data = join(ROOT, 'data');
  const environments = process.env.ORBWEAVER_ENVIRONMENTS ?? join(data, 'environments');
  const own = ['--data', join(data, 'demo'), '--environments', environments, '--stop-spiders'];
  return spawn(process.execPath, [...entry(), ...own, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Shows what the daemon says, and finds in it where it serves. */
async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The daemon has no output.');
  const found = new Promise<string>((resolve) => {
    createInterface(stdout).on('line', (line) => {
      print(line);
      const url = / serves on (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  return Promise.race([
    found,
    once(signal, 'abort').then(() => Promise.reject(new Error('The daemon ended.'))),
  ]);
}

function heading(text: string): void {
  print(`\n${'\u2500'.repeat(4)} ${text} ${'\u2500'.repeat(Math.max(4, 90 - text.length))}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

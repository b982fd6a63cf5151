import type { Answer, TestDaemon } from './daemon.ts';
import type { EveryState } from './every-state.ts';
import { multipart, send } from './send.ts';
import { zip, type ZipEntry } from './zip.ts';

/** The daemon's `--upload-limit`, in bytes. */
export const UPLOAD_LIMIT = 64 * 1024;

/** A small project `trouble`, with these files in the place of its own. */
export function project(files: Record<string, string | undefined>): Buffer {
  const whole = {
    'scrapy.cfg': '[settings]\ndefault = p.settings\n[deploy]\nproject = trouble\n',
    'p/__init__.py': '',
    'p/settings.py': 'SPIDER_MODULES = ["p.spiders"]\n',
    'p/spiders.py': 'import scrapy\nclass Fine(scrapy.Spider):\n    name = "fine"\n',
    ...files,
  };
  return zip(
    Object.entries<string | undefined>(whole).flatMap(([name, content]): ZipEntry[] =>
      content === undefined ? [] : [{ name: `top/${name}`, content }],
    ),
  );
}

/** Something to ask that is refused. */
export interface Refusal {
  ask: (daemon: TestDaemon, jobs: EveryState) => Promise<Answer>;
  /** 400 if not given. */
  status?: number;
  /** The sentence, or what it must contain. */
  says: string | RegExp;
}

const push = (archive: Buffer): Refusal['ask'] => {
  return (daemon) => daemon.pushZip(archive);
};
const get = (path: string): Refusal['ask'] => {
  return (daemon) => send(daemon.url, path);
};
const post = (path: string, fields: Record<string, string>): Refusal['ask'] => {
  return (daemon) => daemon.post(path, fields);
};
/** schedule-job with these fields changed, or left out if undefined. */
export const schedule = (fields: Record<string, string | undefined>): Refusal['ask'] => {
  const given = { project: 'trouble', spider: 'fine', when: 'now', ...fields };
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries<string | undefined>(given)) {
    if (value !== undefined) body.append(name, value);
  }
  return (daemon) => daemon.post('/schedule-job.json', body);
};
const raw = (path: string, body: string | Buffer): Refusal['ask'] => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return (daemon) => send(daemon.url, path, { method: 'POST', headers, body });
};
export const form = { project: 'trouble', spider: 'fine', when: 'every minute' };

/** Every refusal, by what is wrong. */
export const REFUSALS: Record<string, Refusal> = {
  'a push of what is no zip': { ask: push(Buffer.from('hello')), says: 'The file is not a zip archive.' },
  'a push of nothing': { ask: push(Buffer.alloc(0)), says: /zip/ },
  'a push without an archive': { ask: post('/push-project.json', {}), says: /^Missing parameter "archive"/ },
  'a push of two archives': {
    ask: (daemon) =>
      send(daemon.url, '/push-project.json', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'archive=a&archive=b',
      }),
    says: 'Parameter "archive" is given twice.',
  },
  'an archive over the limit, as a file': {
    ask: push(Buffer.alloc(UPLOAD_LIMIT + 1)),
    status: 413,
    says: /"archive" is larger than the limit of [\d.]+ MiB/,
  },
  'an archive over the limit, urlencoded': {
    ask: raw('/push-project.json', `archive=${'x'.repeat(UPLOAD_LIMIT + 1)}`),
    status: 413,
    says: /"archive" is larger than the limit/,
  },
  'a body far over the limit': {
    ask: raw('/push-project.json', `archive=${'%00'.repeat(10 * 1024 * 1024)}`),
    status: 413,
    says: /"archive" is larger than the limit/,
  },
  'a form over the limit': {
    ask: raw('/schedule-job.json', `payload=${'x'.repeat(2 * 1024 * 1024)}`),
    status: 413,
    says: /"payload" is larger than the limit/,
  },
  'a zip without scrapy.cfg': {
    ask: push(project({ 'scrapy.cfg': undefined })),
    says: /no "scrapy.cfg".*"top"/,
  },
  'a broken scrapy.cfg': {
    ask: push(project({ 'scrapy.cfg': '[deploy\nproject' })),
    says: /"scrapy.cfg" is broken.*"\[deploy"/,
  },
  'a scrapy.cfg without a project': {
    ask: push(project({ 'scrapy.cfg': '[settings]\ndefault = p.settings\n' })),
    says: /"scrapy.cfg" has no option "project"/,
  },
  'a project with a hostile name': {
    ask: push(project({ 'scrapy.cfg': '[settings]\ndefault = p.settings\n[deploy]\nproject = ../../x\n' })),
    says: /"\.\.\/\.\.\/x" in "scrapy.cfg"/,
  },
  'a project that raises on import': {
    ask: push(project({ 'p/spiders.py': 'raise RuntimeError("no spiders today")' })),
    says: /cannot be loaded.*[^]*RuntimeError: no spiders today$/,
  },
  'a project that ends Python on import': {
    ask: push(project({ 'p/settings.py': 'import os\nos._exit(3)' })),
    says: /ended Python with code "3"/,
  },
  'an archive that leaves its folder': {
    ask: push(zip([{ name: '../../escaped', content: 'x' }])),
    says: /"\.\.\/\.\.\/escaped"/,
  },
  'an archive with a symlink': {
    ask: push(zip([{ name: 'top/link', content: '/etc/passwd', mode: 0o120777 }])),
    says: /"top\/link"/,
  },
  'a push that drops a spider with schedules': {
    ask: push(
      project({ 'p/spiders.py': 'import scrapy\nclass Other(scrapy.Spider):\n    name = "other"\n' }),
    ),
    says: /^Spider "fine" is not in this archive of project "trouble", but has schedules/,
  },

  'schedule-job without a project': {
    ask: schedule({ project: undefined }),
    says: 'Missing parameter "project".',
  },
  'schedule-job without a spider': {
    ask: schedule({ spider: undefined }),
    says: 'Missing parameter "spider".',
  },
  'schedule-job without a spec': { ask: schedule({ when: undefined }), says: 'Missing parameter "when".' },
  'schedule-job with a parameter given twice': {
    ask: raw('/schedule-job.json?spider=fine', 'project=trouble&spider=fine&when=now'),
    says: 'Parameter "spider" is given twice.',
  },
  'schedule-job with an argument given twice': {
    ask: raw('/schedule-job.json', 'project=trouble&spider=fine&when=now&x=1&x=2'),
    says: 'Parameter "x" is given twice.',
  },
  'schedule-job with an argument given in two ways': {
    ask: schedule({ x: '1', arg: 'x=2' }),
    says: /"x" is given twice/,
  },
  'an unknown project': { ask: schedule({ project: 'nobody' }), says: 'Unknown project "nobody".' },
  'an unknown spider': {
    ask: schedule({ spider: 'no-one' }),
    says: 'Unknown spider "no-one" of project "trouble".',
  },
  'an unknown spider in a schedule': {
    ask: schedule({ spider: 'no-one', when: 'every day' }),
    says: 'Unknown spider "no-one" of project "trouble".',
  },
  'every 0 minutes': { ask: schedule({ when: 'every 0 minutes' }), says: /"every 0 minutes".*"0"/ },
  'every -1 minutes': { ask: schedule({ when: 'every -1 minutes' }), says: /"every -1 minutes"/ },
  'a cron pattern that would be bent': {
    ask: schedule({ when: '*/90 * * * *' }),
    says: /"\*\/90 \* \* \* \*".*Try "every 90 minutes"\.$/,
  },
  'a cron pattern that never fires': {
    ask: schedule({ when: '0 0 30 2 *' }),
    says: /^Cannot schedule "0 0 30 2 \*"/,
  },
  'a calendar text that would be bent': {
    ask: schedule({ when: 'every 45 secs' }),
    says: /^Cannot schedule "every 45 secs".*Try "every 45 seconds"\.$/,
  },
  'a spec with a misspelt zone': {
    ask: schedule({ when: 'every day in Europe/Zurch' }),
    says: /"Europe\/Zurch" is not.*Try "every day in Europe\/Zurich"\.$/i,
  },
  'a spec that is empty': { ask: schedule({ when: '' }), says: /Cannot schedule ""/ },
  'a spec of 5,000 characters': {
    ask: schedule({ when: 'every '.repeat(900) }),
    says: /begins with "every ever/,
  },
  'a payload that is no JSON': {
    ask: schedule({ payload: '{"a": 1' }),
    says: /"payload" must be JSON, not "\{"a": 1":/,
  },
  'a payload that is no JSON in a schedule': {
    ask: schedule({ payload: "{'a': 1}", when: 'every day' }),
    says: /"payload" must be JSON, not "\{'a': 1\}":/,
  },
  'a payload beside an argument payload': {
    ask: schedule({ payload: '{"a": 1}', arg: 'payload=x' }),
    says: /^The arg "payload" is given twice/,
  },
  'an empty payload': { ask: schedule({ payload: '' }), says: /"payload" must be JSON, not "":/ },
  'more units than slots': { ask: schedule({ units: '2' }), says: /"2" units.* 1 job slot/ },
  'more units than slots in a schedule': {
    ask: schedule({ units: '2', when: 'every day' }),
    says: /"2" units/,
  },
  'half a unit': { ask: schedule({ units: '0.5' }), says: /"units" must be .*, not "0.5"/ },
  'a priority in words': {
    ask: schedule({ priority: 'high' }),
    says: 'Parameter "priority" must be a number, not "high".',
  },
  'a setting without a value': {
    ask: schedule({ setting: 'LOG_LEVEL' }),
    says: /"setting" must be NAME=VALUE, not "LOG_LEVEL"/,
  },
  'a version that does not exist': {
    ask: schedule({ _version: '9.9' }),
    says: 'Unknown version "9.9" of project "trouble".',
  },
  'a variable with an impossible name': {
    ask: schedule({ env: 'a b=1' }),
    says: /"a b" is no name of an environment variable/,
  },
  'a tag of nothing': {
    ask: schedule({ tag: '' }),
    says: 'Parameter "tag" must have 1 to 255 characters, none of them a control character, not "".',
  },
  'a tag of two lines': {
    ask: schedule({ tag: 'a\nb' }),
    says: /^Parameter "tag" must have 1 to 255 characters/,
  },
  'a tag that is too long': {
    ask: schedule({ tag: 'x'.repeat(256) }),
    says: /^Parameter "tag" .* not "x{200}…"\.$/,
  },
  'a switch in other words': {
    ask: schedule({ fork: 'maybe' }),
    says: 'Parameter "fork" must be yes or no, not "maybe".',
  },
  ...Object.fromEntries(
    ['jobid', 'retries', 'retry_delay', 'timeout', 'stall_timeout'].map((name) => [
      `the reserved field ${name}`,
      { ask: schedule({ [name]: '1' }), says: new RegExp(`^Parameter "${name}" is reserved`) },
    ]),
  ),

  'an overlap in other words': {
    ask: schedule({ overlap: 'never' }),
    says: /^Parameter "overlap" must be one of "allow", "skip", "queue-one", "replace", not "never"/,
  },
  'an unknown zone': {
    ask: schedule({ when: 'every day', zone: 'Europe/Zurch' }),
    says: /"Europe\/Zurch".*"Europe\/Zurich"/,
  },
  'a day that there is not': {
    ask: schedule({ when: 'every day', except: '2026-02-30' }),
    says: /"2026-02-30"/,
  },
  'an end before the beginning': {
    ask: schedule({ when: 'every day', from: '2036-02-02', until: '2036-02-01' }),
    says: /"2036-02-01".*"2036-02-02"/,
  },
  'a jitter that is no duration': {
    ask: schedule({ when: 'every day', jitter: 'a bit' }),
    says: /"a bit"/,
  },
  'missed fires in other words': {
    ask: schedule({ when: 'every day', missed: 'run-some' }),
    says: /"run-some"/,
  },
  'a rule of schedules for a job at once': {
    ask: schedule({ when: 'now', overlap: 'skip' }),
    says: /^The rule "overlap" is one of schedules, but "now" means one job at once/,
  },
  'a zone given twice': {
    ask: schedule({ when: 'every day in UTC', zone: 'Europe/Zurich' }),
    says: /"UTC" in the spec and "Europe\/Zurich" in the field "zone"/,
  },
  'a schedule of no runs': {
    ask: schedule({ max_runs: '0' }),
    says: 'Parameter "max_runs" must be a whole number from 1, not "0".',
  },

  'list-jobs without a status': {
    ask: get('/list-jobs.json'),
    says: 'Missing parameter: give "status" or "id".',
  },
  'list-jobs with an unknown status': {
    ask: get('/list-jobs.json?status=running'),
    says: /^Unknown status "running"/,
  },
  'list-jobs with a status that every object has': {
    ask: get('/list-jobs.json?status=constructor'),
    says: /^Unknown status "constructor"/,
  },
  'list-jobs with two statuses': {
    ask: get('/list-jobs.json?status=ACTIVE&status=COMPLETED'),
    says: 'Parameter "status" is given twice.',
  },
  'list-jobs with a limit that is no number': {
    ask: get('/list-jobs.json?status=ACTIVE&limit=-1'),
    says: 'Parameter "limit" must be a whole number from 0, not "-1".',
  },
  'list-jobs with an offset that is no number': {
    ask: get('/list-jobs.json?status=ACTIVE&offset=1e3'),
    says: 'Parameter "offset" must be a whole number from 0, not "1e3".',
  },
  'list-jobs with an unknown id': { ask: get('/list-jobs.json?id=1234'), says: 'Unknown job "1234".' },
  'list-spiders without a project': { ask: get('/list-spiders.json'), says: 'Missing parameter "project".' },
  'list-spiders with an unknown project': {
    ask: get('/list-spiders.json?project=a%20b'),
    says: 'Unknown project "a b".',
  },

  'cancel-job without an id': { ask: post('/cancel-job.json', {}), says: 'Missing parameter "id".' },
  'cancel-job with an unknown id': { ask: post('/cancel-job.json', { id: 'x' }), says: 'Unknown job "x".' },
  'cancel-job of a job that is over': {
    ask: (daemon, { failed }) => daemon.post('/cancel-job.json', { id: failed }),
    says: /^Job "[0-9a-f-]{36}" is not active: it is FAILED already\.$/,
  },
  'cancel-job of a job that is canceled': {
    ask: (daemon, { canceledPending }) => daemon.post('/cancel-job.json', { id: canceledPending }),
    says: /is not active: it is CANCELED already\.$/,
  },
  'cancel-job of a schedule that is canceled': {
    ask: (daemon, { canceledSchedule }) => daemon.post('/cancel-job.json', { id: canceledSchedule }),
    says: /is not active: it is CANCELED already\.$/,
  },
  'remove-project without a name': {
    ask: post('/remove-project.json', {}),
    says: 'Missing parameter "name".',
  },
  'remove-project with an unknown name': {
    ask: post('/remove-project.json', { name: 'x' }),
    says: 'Unknown project "x".',
  },
  'remove-project of one with schedules': {
    ask: post('/remove-project.json', { name: 'trouble' }),
    says: 'There is 1 schedule for project "trouble": cancel it first.',
  },

  'an unknown endpoint': {
    ask: get('/list-job.json'),
    status: 404,
    says: 'There is nothing at "/list-job.json".',
  },
  'an unknown endpoint with a body': {
    ask: post('/list-job.json', form),
    status: 404,
    says: 'There is nothing at "/list-job.json".',
  },
  'an address that cannot be decoded': { ask: get('/%zz'), status: 404, says: 'There is nothing at "/%zz".' },
  'a log that cannot be decoded': {
    ask: get('/get-log/data/%zz.out'),
    says: /"\/get-log\/data\/%zz.out" cannot be decoded/,
  },
  'an address that is none': { ask: get('http://['), status: 404, says: /^There is nothing at "/ },
  'a log outside of the folder': {
    ask: get('/get-log/data/..%2f..%2forbweaver.db'),
    status: 404,
    says: /"\.\.\/\.\.\/orbweaver.db"/,
  },
  'a query that is not UTF-8': {
    ask: get('/list-spiders.json?project=%ff'),
    says: /"project" is not valid UTF-8/,
  },
  'a name that is not UTF-8': { ask: get('/list-spiders.json?%ff=1'), says: /is not valid UTF-8/ },
  'a form that is not UTF-8': {
    ask: raw('/schedule-job.json', 'project=trouble&spider=fine&when=now&x=%e9'),
    says: /"x" is not valid UTF-8/,
  },
  'a multipart form that is not UTF-8': {
    ask: (daemon) =>
      send(daemon.url, '/schedule-job.json', {
        method: 'POST',
        ...multipart({ ...form, x: Buffer.from([0xe9]) }),
      }),
    says: /"x" is not valid UTF-8/,
  },
  'a NUL in a value': { ask: schedule({ x: 'a\0b' }), says: /"x" holds a NUL character/ },
  'a broken percent escape': { ask: get('/list-spiders.json?project=%zz'), says: /"%zz"/ },
  'a body of another type': {
    ask: (daemon) =>
      send(daemon.url, '/schedule-job.json', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(form),
      }),
    says: /Content-Type "application\/json" is not understood/,
  },
  'a compressed body': {
    ask: (daemon) => daemon.post('/schedule-job.json', form, { 'content-encoding': 'gzip' }),
    says: /Content-Encoding "gzip" is not understood/,
  },
  'a multipart form without its end': {
    ask: (daemon) => {
      const { headers, body } = multipart(form);
      return send(daemon.url, '/schedule-job.json', {
        method: 'POST',
        headers,
        body: Buffer.from(body).subarray(0, -20),
      });
    },
    says: /multipart form ends before its last boundary/,
  },
  'too many parameters': {
    ask: raw('/schedule-job.json', `${new URLSearchParams(form).toString()}${'&a=1'.repeat(2000)}`),
    says: /^More than 1000 parameters/,
  },

  'a foreign Host': {
    ask: (daemon) => send(daemon.url, '/status.json', { headers: { host: 'evil.example' } }),
    status: 403,
    says: /Host "evil.example"/,
  },
  'a foreign Host that begins like ours': {
    ask: (daemon) => send(daemon.url, '/status.json', { headers: { host: 'localhost.evil.example:7654' } }),
    status: 403,
    says: /Host "localhost.evil.example:7654"/,
  },
  'a change from a page elsewhere': {
    ask: (daemon) => daemon.post('/schedule-job.json', form, { origin: 'https://evil.example' }),
    status: 403,
    says: /Origin "https:\/\/evil.example"/,
  },
  'a change from a page without an origin': {
    ask: (daemon) => daemon.post('/schedule-job.json', form, { origin: 'null' }),
    status: 403,
    says: /Origin "null"/,
  },
  'a push from a page elsewhere': {
    ask: (daemon) =>
      send(daemon.url, '/push-project.json', {
        method: 'POST',
        headers: { ...multipart({}).headers, 'sec-fetch-site': 'cross-site' },
        body: multipart({ archive: project({}) }).body,
      }),
    status: 403,
    says: /Sec-Fetch-Site "cross-site"/,
  },
};

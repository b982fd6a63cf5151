import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { makeEveryState, type EveryState } from '../support/every-state.ts';
import { multipart, send, sendBytes, urlencoded } from '../support/send.ts';
import { zip, type ZipEntry } from '../support/zip.ts';

const UPLOAD_LIMIT = 64 * 1024;

/** Everything that a request could have changed: what the API shows, and every file. */
async function stateOf(daemon: TestDaemon, { running }: EveryState): Promise<Record<string, unknown>> {
  const { body: status } = await daemon.get('/status.json');
  const {
    time,
    uptime,
    'memory-usage': memory,
    'cpu-usage': cpu,
    ...counts
  } = status as Record<string, unknown>;
  expect([time, uptime, memory, cpu]).to.not.include(undefined);
  const api = ['/list-projects.json', '/list-jobs.json?status=ACTIVE', '/list-jobs.json?status=COMPLETED'];
  const lists = await Promise.all(api.map(async (path) => (await daemon.get(path)).text));
  const files = readdirSync(daemon.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    // Locks of readers, what the spider host keeps of itself, and what a spider writes that runs.
    .filter((path) => !path.endsWith('.db-shm') && !path.startsWith(join(daemon.data, 'hosts')))
    .filter((path) => !path.includes(running))
    .sort()
    .map((path) => `${path} ${createHash('sha1').update(readFileSync(path)).digest('hex')}`);
  return { counts, lists, files };
}

/** A small project `trouble`, with these files in the place of its own. */
function project(files: Record<string, string | undefined>): Buffer {
  const whole = {
    'scrapy.cfg': '[settings]\ndefault = p.settings\n[deploy]\nproject = trouble\n',
    'p/__init__.py': '',
    'p/settings.py': 'SPIDER_MODULES = ["p.spiders"]\n',
    'p/spiders.py': 'import scrapy\nclass Fine(scrapy.Spider):\n    name = "fine"\n',
    ...files,
  };
  return zip(
    Object.entries(whole).flatMap(([name, content]): ZipEntry[] =>
      content === undefined ? [] : [{ name: `top/${name}`, content }],
    ),
  );
}

interface Refusal {
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
const schedule = (fields: Record<string, string | undefined>): Refusal['ask'] => {
  const given = Object.entries({ project: 'trouble', spider: 'fine', when: 'now', ...fields });
  return post(
    '/schedule-job.json',
    Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, string>,
  );
};
const raw = (path: string, body: string | Buffer): Refusal['ask'] => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return (daemon) => send(daemon.url, path, { method: 'POST', headers, body });
};
const form = { project: 'trouble', spider: 'fine', when: 'every minute' };

/** Every refusal, by what is wrong. */
const REFUSALS: Record<string, Refusal> = {
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
  'a spec of another language': { ask: schedule({ when: '*/5 * * * *' }), says: /"\*\/5 \* \* \* \*"/ },
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
  'a variable with an impossible name': {
    ask: schedule({ env: 'a b=1' }),
    says: /"a b" is no name of an environment variable/,
  },
  'a switch in other words': {
    ask: schedule({ fork: 'maybe' }),
    says: 'Parameter "fork" must be yes or no, not "maybe".',
  },
  ...Object.fromEntries(
    [
      ...['tag', '_version', 'jobid', 'zone', 'overlap', 'missed', 'retries', 'retry_delay', 'timeout'],
      ...['stall_timeout', 'jitter', 'from', 'until', 'except', 'max_runs'],
    ].map((name) => [
      `the reserved field ${name}`,
      { ask: schedule({ [name]: '1' }), says: new RegExp(`^Parameter "${name}" is reserved`) },
    ]),
  ),

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
      return send(daemon.url, '/schedule-job.json', { method: 'POST', headers, body: body.subarray(0, -20) });
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

const METHODS = {
  'GET, HEAD': [
    '/status.json',
    '/list-projects.json',
    '/list-spiders.json',
    '/list-jobs.json',
    '/get-log/data/x.out',
  ],
  POST: ['/push-project.json', '/schedule-job.json', '/cancel-job.json', '/remove-project.json'],
};

const HOSTILE = {
  'a path': '../../../etc/passwd',
  slashes: '/a//b\\c/',
  '5,000 characters': 'x'.repeat(5000),
  emoji: '🕷️ über',
  SQL: `'; DROP TABLE jobs; --`,
  HTML: `<script>alert("x")</script>`,
  'a shell command': '$(touch /tmp/orbweaver-was-here) `id`',
  'a prototype': '__proto__',
  'line breaks': 'a\r\nSet-Cookie: b\r\n\r\n',
};

describe('bad input changes nothing:', function () {
  this.timeout(30_000);
  let daemon: TestDaemon;
  let jobs: EveryState;
  let untouched: Record<string, unknown>;
  before(async function () {
    this.timeout(180_000);
    daemon = await TestDaemon.start({ args: ['--job-slots', '1', '--upload-limit', String(UPLOAD_LIMIT)] });
    jobs = await makeEveryState(daemon);
    untouched = await stateOf(daemon, jobs);
  });
  afterEach(async () => {
    expect(await stateOf(daemon, jobs)).to.deep.equal(untouched);
  });
  after(async () => {
    expect(daemon.output).to.not.match(/"level":50|"level":40|Warning/);
    await daemon[Symbol.asyncDispose]();
  });

  const expectRefusal = ({ status, headers, body }: Answer, expected: number, says: string | RegExp) => {
    expect(status).to.equal(expected);
    expect(headers.get('content-type')).to.equal('application/json');
    expect(body).to.have.all.keys('status', 'msg').and.to.have.property('status', 'error');
    const { msg } = body as { msg: string };
    if (typeof says === 'string') expect(msg).to.equal(says);
    else expect(msg).to.match(says);
  };

  for (const [what, { ask, status = 400, says }] of Object.entries(REFUSALS)) {
    it(what, async () => {
      expectRefusal(await ask(daemon, jobs), status, says);
    });
  }

  it('the wrong method: 405 with Allow, on each endpoint', async () => {
    for (const [allowed, paths] of Object.entries(METHODS)) {
      const wrong = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].filter(
        (each) => !allowed.includes(each),
      );
      for (const path of paths) {
        for (const method of wrong) {
          const answer = await send(daemon.url, path, { method, ...urlencoded(form) });
          expectRefusal(answer, 405, `Method "${method}" is not allowed for "${path}": use ${allowed}.`);
          expect(answer.headers.get('allow')).to.equal(allowed);
        }
      }
    }
  });

  for (const [kind, value] of Object.entries(HOSTILE)) {
    it(`${kind} as the value of every parameter`, async () => {
      const fields = 'project spider when payload priority units fork capture setting env zone'.split(' ');
      for (const name of fields) {
        const answer = await schedule({ [name]: value })(daemon, jobs);
        expectRefusal(answer, 400, /"/);
        if (name === 'project' || name === 'spider')
          expect(answer.body).to.have.property('msg').that.contains(`"${value}"`);
      }
      const query = (name: string) => `${name}=${encodeURIComponent(value)}`;
      const answers = [
        await send(daemon.url, `/list-spiders.json?${query('project')}`),
        await send(daemon.url, `/list-jobs.json?${query('status')}`),
        await send(daemon.url, `/list-jobs.json?${query('id')}`),
        await daemon.post('/cancel-job.json', { id: value }),
        await daemon.post('/remove-project.json', { name: value }),
      ];
      for (const answer of answers) {
        expectRefusal(answer, 400, /^Unknown /);
        expect(answer.body).to.have.property('msg').that.contains(`"${value}"`);
      }
      for (const name of ['limit', 'offset'])
        expectRefusal(
          await send(daemon.url, `/list-jobs.json?status=ACTIVE&${query(name)}`),
          400,
          /whole number/,
        );
      for (const name of ['project', 'spider'])
        expect((await send(daemon.url, `/list-jobs.json?status=ACTIVE&${query(name)}`)).body).to.deep.equal({
          status: 'ok',
          jobs: [],
        });
      const encoded = encodeURIComponent(value);
      expectRefusal(await send(daemon.url, `/get-log/data/${encoded}.out`), 404, /^There is no log/);
      expectRefusal(await send(daemon.url, `/${encoded}`), 404, /^There is nothing at/);
      expectRefusal(await send(daemon.url, `/status.json/${encoded}`), 404, /^There is nothing at/);
      const folder = await send(daemon.url, `/get-log/${encoded}/${jobs.failed}.out`);
      expect(folder.status).to.equal(200);
    });
  }

  it('bytes that are no HTTP, or too much of it', async () => {
    const answers = {
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n': /^HTTP\/1\.1 400 /,
      'GET /status.json HTTP/1.1\r\n\r\n': /^HTTP\/1\.1 400 /,
      'POST /cancel-job.json HTTP/1.1\r\nHost: localhost\r\nContent-Length: -4\r\n\r\n': /^HTTP\/1\.1 400 /,
      'POST /cancel-job.json HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nid=x':
        /^HTTP\/1\.1 400 /,
      'GET /status\0.json HTTP/1.1\r\nHost: localhost\r\n\r\n': /^HTTP\/1\.1 400 /,
      [`GET /status.json HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`]:
        /^HTTP\/1\.1 431 /,
      [`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`]: /^HTTP\/1\.1 431 /,
      'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n': /^$/,
    };
    for (const [bytes, answer] of Object.entries(answers)) {
      expect(await sendBytes(daemon.url, Buffer.from(bytes, 'latin1'))).to.match(answer);
    }
  });

  it('a client that hangs up in the middle of an upload', async () => {
    const { hostname, port } = new URL(daemon.url);
    const archive = project({});
    for (const { headers, body } of [multipart({ archive }), urlencoded({ archive })]) {
      const socket = connect(Number(port), hostname);
      const head = `POST /push-project.json HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${headers['content-type'] ?? ''}\r\n`;
      socket.write(`${head}Content-Length: ${body.length}\r\n\r\n`);
      socket.write(Buffer.from(body).subarray(0, body.length / 2));
      const uploads = join(daemon.data, 'uploads');
      while (readdirSync(uploads).length === 0) await sleep(5);
      socket.destroy();
      while (readdirSync(uploads).length > 0) await sleep(5);
    }
  });

  it('clients that stall hold nobody else up', async () => {
    const { hostname, port } = new URL(daemon.url);
    const stalled = [
      'GET /sta',
      'POST /schedule-job.json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nproject=trou',
      'POST /push-project.json HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n',
    ];
    const sockets = Array.from({ length: 60 }, (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(stalled[index % stalled.length] ?? '');
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const startedAt = performance.now();
    expect((await daemon.get('/status.json')).status).to.equal(200);
    expect(performance.now() - startedAt).to.be.below(2000);
    for (const socket of sockets) socket.destroy();
  });
});

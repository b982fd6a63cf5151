import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TestDaemon, type Answer } from '../support/daemon.ts';
import { makeEveryState, type EveryState } from '../support/every-state.ts';
import { form, project, REFUSALS, schedule, UPLOAD_LIMIT } from '../support/refusals.ts';
import { multipart, send, sendBytes, urlencoded } from '../support/send.ts';

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
    // What was refused is recorded.
    .filter((path) => !path.endsWith('audit.jsonl'))
    .sort()
    .map((path) => `${path} ${createHash('sha1').update(readFileSync(path)).digest('hex')}`);
  return { counts, lists, files };
}

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
          // What scrapyd answers there.
          if (path === '/status.json' && method === 'OPTIONS') continue;
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

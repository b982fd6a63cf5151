import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { zipProject } from '../../examples/zip-project.ts';
import { curl } from '../support/curl.ts';
import { TestDaemon, type TestDaemonOptions } from '../support/daemon.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const WRONG = [
  ['-u', 'guest:wrong'],
  ['-u', 'nobody:guest'],
  ['--digest', '-u', 'guest:wrong'],
];
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('who may ask', function () {
  this.timeout(60_000);
  let folder = '';
  const daemons: TestDaemon[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const start = async (options: TestDaemonOptions): Promise<TestDaemon> => {
    const daemon = await TestDaemon.start(options);
    daemons.push(daemon);
    return daemon;
  };
  const ini = (sections: Record<string, Record<string, string | number>>, name = 'settings.conf'): string =>
    file(
      name,
      Object.entries(sections)
        .map(([section, keys]) => {
          const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`);
          return `[${section}]\n${lines.join('')}`;
        })
        .join('\n'),
    );

  it('is asked for a password on every endpoint, by Digest and by Basic, once there are users', async function () {
    this.timeout(180_000);
    const users = file('auth.db', 'guest:guest\nüser:pass:word\n');
    const daemon = await start({ args: ['--auth', '--auth-db', users] });
    const archive = file('trouble.zip', await zipProject(join(FIXTURES, 'projects/trouble')));
    const endpoints: [path: string, form: string[], text: RegExp][] = [
      [
        '/push-project.json',
        ['-F', `archive=@${archive}`],
        /^\{"status": "ok", "name": "trouble", "spiders": \[/,
      ],
      ['/status.json', [], /^\{"status": "ok", "memory-usage":/],
      ['/list-projects.json', [], /^\{"status": "ok", "projects": \["trouble"\]\}$/],
      ['/list-spiders.json?project=trouble', [], /^\{"status": "ok", "project": "trouble"/],
      [
        '/schedule-job.json',
        ['-F', 'project=trouble', '-F', 'spider=fine', '-F', 'when=every day'],
        /"identifier":/,
      ],
      ['/list-jobs.json?status=SCHEDULED', [], /"schedule": "every day"/],
      ['/cancel-job.json', ['-F', `id=${UNKNOWN}`], /Unknown job/],
      [`/get-log/data/${UNKNOWN}.out`, [], /There is no log/],
      ['/remove-project.json', ['-F', 'name=trouble'], /schedule/],
      ['/', [], /<html/i],
      ['/nothing', [], /There is nothing at/],
    ];
    for (const [path, form, text] of endpoints) {
      const url = daemon.url + path;
      // A few only: the tenth wrong one would have to wait.
      const wrong = path === '/status.json' ? WRONG : [];
      for (const stranger of [[], ...wrong]) {
        const refused = await curl(...stranger, ...form, url);
        expect(refused.status, path).to.equal(401);
        expect(refused.text.trimEnd()).to.equal('Unauthorized');
        expect(refused.type).to.match(/^text\/plain/);
      }
      for (const known of [
        ['-u', 'guest:guest'],
        ['--digest', '-u', 'guest:guest'],
        ['--digest', '-u', 'üser:pass:word'],
      ]) {
        const answer = await curl(...known, ...form, url);
        expect(answer.status, path).to.not.equal(401);
        expect(answer.text.trimEnd()).to.match(text);
      }
    }
    const { headers } = await daemon.get('/status.json');
    expect(headers.get('www-authenticate'))
      .to.match(/Digest .*realm="scrapy-do"/)
      .and.to.match(/Basic /);
    // Nothing came of what strangers asked.
    const { text } = await curl('-u', 'guest:guest', `${daemon.url}/list-jobs.json?status=ACTIVE`);
    expect((JSON.parse(text) as { jobs: unknown[] }).jobs).to.have.length(3);
    writeFileSync(users, 'other:new\n');
    expect((await curl('-u', 'guest:guest', `${daemon.url}/status.json`)).status).to.equal(401);
    expect((await curl('-u', 'other:new', `${daemon.url}/status.json`)).status).to.equal(200);
  });

  it('serves HTTPS, with a renewed certificate without a restart', async () => {
    const pair = (name: string) => {
      copyFileSync(join(FIXTURES, 'tls', `${name}.key`), join(folder, 'key.pem'));
      copyFileSync(join(FIXTURES, 'tls', `${name}.cert`), join(folder, 'cert.pem'));
    };
    pair('first');
    const tls = ['--https', '--key', join(folder, 'key.pem'), '--cert', join(folder, 'cert.pem')];
    const daemon = await start({ args: tls });
    expect(daemon.url).to.match(/^https:/);
    const name = () =>
      new Promise<unknown>((resolve, reject) => {
        const socket = connectTls({
          host: '127.0.0.1',
          port: Number(new URL(daemon.url).port),
          rejectUnauthorized: false,
        });
        socket.once('error', reject);
        socket.once('secureConnect', () => {
          resolve(socket.getPeerCertificate().subject.CN);
          socket.destroy();
        });
      });
    expect(await name()).to.equal('first.localhost');
    const { status, text } = await curl('-k', `${daemon.url}/status.json`);
    expect([status, (JSON.parse(text) as { status: string }).status]).to.deep.equal([200, 'ok']);
    pair('second');
    while ((await name()) !== 'second.localhost') await sleep(50);
    expect((await curl('-k', `${daemon.url}/status.json`)).status).to.equal(200);
  });

  it("is set by an INI file with Scrapy Do's keys", async () => {
    const data = join(folder, 'store');
    const config = ini({
      'scrapy-do': { 'project-store': 'store', 'job-slots': 1, 'completed-cap': 2 },
      web: {
        interfaces: '127.0.0.1:0 [::1]:0',
        https: 'on',
        key: join(FIXTURES, 'tls/first.key'),
        cert: join(FIXTURES, 'tls/first.cert'),
        auth: 'on',
        'auth-db': file('auth.db', 'guest:guest\n'),
      },
    });
    const daemon = await start({ data, args: ['--config', config] });
    expect(existsSync(join(data, 'orbweaver.db'))).to.equal(true);
    while (!/serves on https:\/\/\[::1\]:\d+/.test(daemon.output)) await sleep(20);
    const ask = async (path: string, ...form: string[]) => {
      const { text } = await curl('-k', '-u', 'guest:guest', ...form, daemon.url + path);
      return JSON.parse(text) as Record<string, string> & { jobs: Record<string, string>[] };
    };
    const project = file('trouble.zip', await zipProject(join(FIXTURES, 'projects/trouble')));
    await ask('/push-project.json', '-F', `archive=@${project}`);
    expect((await curl('-k', `${daemon.url}/status.json`)).status).to.equal(401);
    const refused = await ask('/schedule-job.json', '-d', 'project=trouble&spider=fine&when=now&units=2');
    expect(refused.msg).to.contain('1 job slot');

    // The cap of two takes the oldest two of four, with all that they left.
    const ids: string[] = [];
    for (let count = 0; count < 4; count++) {
      const { identifier = '' } = await ask(
        '/schedule-job.json',
        '-d',
        'project=trouble&spider=fine&when=now',
      );
      ids.push(identifier);
    }
    const files = (id: string) =>
      readdirSync(data, { recursive: true }).filter((path) => String(path).includes(id));
    const list = async (status: string) => (await ask(`/list-jobs.json?status=${status}`)).jobs;
    while ((await list('ACTIVE')).length > 0) await sleep(50);
    while ((await list('COMPLETED')).length > 2) await sleep(100);
    expect((await list('COMPLETED')).map((job) => job.identifier)).to.deep.equal(ids.slice(2).reverse());
    for (const id of ids.slice(0, 2)) {
      expect((await ask(`/list-jobs.json?id=${id}`)).msg).to.equal(`Unknown job "${id}".`);
      expect((await curl('-k', '-u', 'guest:guest', `${daemon.url}/get-log/data/${id}.err`)).status).to.equal(
        404,
      );
      expect(files(id)).to.deep.equal([]);
    }
    for (const id of ids.slice(2)) expect(files(id)).to.not.be.empty;
    expect((await ask('/status.json'))['jobs-run']).to.equal(4);
  });

  it('is nobody from elsewhere without a password: the start is refused in one sentence', async () => {
    const hosts = ['0.0.0.0', '192.0.2.1', '[::]'];
    const refusals = await TestDaemon.refusals(hosts.map((host) => ({ args: ['--listen', `${host}:0`] })));
    for (const [index, host] of hosts.entries()) {
      const { code, text } = refusals[index]!;
      expect(code).to.equal(1);
      expect(text.trimEnd().split('\n')).to.have.length(1);
      expect(text)
        .to.contain(`"${host.replace(/[[\]]/g, '')}"`)
        .and.to.contain('authentication')
        .and.to.contain('--auth-db');
    }
    const users = file('auth.db', 'guest:guest\n');
    const daemon = await start({ args: ['--listen', '0.0.0.0:0', '--auth', '--auth-db', users] });
    expect((await curl(`${daemon.url}/status.json`)).status).to.equal(401);
    expect((await curl('-u', 'guest:guest', `${daemon.url}/status.json`)).status).to.equal(200);
  });

  it('gets wrong settings named, in one sentence', async () => {
    const wrong: [args: string[], says: RegExp][] = [
      [['--job-slots', 'many'], /--job-slots: "many" is not a whole number/],
      [['--listen', 'nowhere'], /--listen: "nowhere" is not HOST:PORT/],
      [['--auth'], /"auth" is on and needs "auth-db"/],
      [['--auth', '--auth-db', join(folder, 'missing')], /--auth-db: .*missing" cannot be read/],
      [['--https', '--key', 'x'], /"https" is on and needs "cert"/],
      [['--speed', '9'], /"--speed"/],
      [['--config', join(folder, 'missing.conf')], /missing.conf" cannot be read: there is no such file/],
      [
        ['--config', ini({ 'scrapy-do': { 'job-slot': 1 } }, 'unknown.conf')],
        /"job-slot" in \[scrapy-do\] is no setting/,
      ],
      [
        ['--config', ini({ 'scrapy-do': { 'job-slots': 0 } }, 'zero.conf')],
        /"job-slots" in \[scrapy-do\].*"0" is not/,
      ],
    ];
    const refusals = await TestDaemon.refusals(wrong.map(([args]) => ({ args })));
    for (const [index, [, says]] of wrong.entries()) {
      const { code, text } = refusals[index]!;
      expect(code, text).to.equal(1);
      expect(text.trimEnd().split('\n')).to.have.length(1);
      expect(text)
        .to.match(/^Orbweaver cannot start: /)
        .and.to.match(says);
    }
  });

  it('gets a time zone that is none named in one sentence', async () => {
    const { code, text } = await TestDaemon.refusal({ env: { TZ: 'UTC+3' } });
    expect(code, text).to.equal(1);
    expect(text.trimEnd().split('\n')).to.have.length(1);
    expect(text).to.contain('Orbweaver cannot start: TZ: "UTC+3" is not the name of a time zone');
  });

  it('is nobody else on the machine, even in a data folder that was open to all', async () => {
    const data = join(folder, 'open');
    mkdirSync(data, { mode: 0o755 });
    await start({ data });
    expect(statSync(data).mode & 0o777).to.equal(0o700);
  });

  describe('on a port that is taken', () => {
    const held: Server[] = [];
    afterEach(async () => {
      await Promise.all(held.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    });

    /** Takes a port, unless another program of this machine has it anyway. */
    const take = async (port: number): Promise<number> => {
      const server = createServer();
      return new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'EADDRINUSE') resolve(port);
          else reject(error);
        });
        server.listen(port, '127.0.0.1', () => {
          held.push(server);
          resolve((server.address() as { port: number }).port);
        });
      });
    };
    const defaults = () => {
      const data = join(folder, 'store');
      return { data, args: ['--config', ini({ 'scrapy-do': { 'project-store': data } })] };
    };

    it('that was asked for, does not start', async () => {
      const port = await take(0);
      const listen = ['--listen', '127.0.0.1:0', '--listen', `127.0.0.1:${port}`];
      const { code, text } = await TestDaemon.refusal({ args: listen });
      expect(code).to.equal(1);
      expect(text.trimEnd()).to.equal(
        `Orbweaver cannot start: Cannot listen on "127.0.0.1:${port}": another program has it.`,
      );
    });

    it('that is a default, does without it, and says so; without any, it does not start', async () => {
      await take(7654);
      await take(6800);
      const refused = await TestDaemon.refusal(defaults());
      expect(refused.code).to.equal(1);
      expect(refused.text).to.contain('Cannot listen on "127.0.0.1:7654": another program has it.');
      expect(refused.text).to.contain('Cannot listen on "127.0.0.1:6800": another program has it.');

      // One of them is given free, if it was this spec that held one.
      const server = held.shift();
      if (server === undefined) return;
      const { port } = server.address() as { port: number };
      await new Promise((resolve) => server.close(resolve));
      const daemon = await start(defaults());
      expect(daemon.url).to.equal(`http://127.0.0.1:${port}`);
      expect((await daemon.get('/status.json')).status).to.equal(200);
      const other = port === 7654 ? 6800 : 7654;
      while (!daemon.output.includes(`Cannot listen on "127.0.0.1:${other}": another program has it.`))
        await sleep(20);
    });
  });
});

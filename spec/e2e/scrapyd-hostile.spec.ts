import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { TestDaemon } from '../support/daemon.ts';
import { eggOf } from '../support/scrapyd-egg.ts';
import { multipart, send } from '../support/send.ts';

/** Names that nobody means well by, and whether they can be names at all: without slashes, short enough, visible. */
const HOSTILE: Record<string, { name: string; isFileName: boolean }> = {
  'the folder above': { name: '..', isFileName: false },
  'a path': { name: '../../../../tmp/x', isFileName: false },
  'an absolute path': { name: '/etc/passwd', isFileName: false },
  'a path of Windows': { name: '..\\..\\x', isFileName: false },
  'a NUL': { name: 'a\0b', isFileName: false },
  'a line feed': { name: 'a\r\nSet-Cookie: b', isFileName: false },
  '5,000 characters': { name: 'x'.repeat(5000), isFileName: false },
  nothing: { name: '', isFileName: false },
  emoji: { name: '\u{1F577}\u{1F578}', isFileName: true },
  SQL: { name: "x'); DROP TABLE jobs; --", isFileName: true },
  HTML: { name: '"><img src=x onerror=alert(1)>&lt;', isFileName: true },
  'a name of Python': { name: '__proto__', isFileName: true },
};

describe('scrapyd, given hostile names', function () {
  this.timeout(60_000);
  let folder: string;
  let daemon: TestDaemon;
  before(async function () {
    this.timeout(180_000);
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-hostile-'));
    mkdirSync(join(folder, 'data'));
    daemon = await TestDaemon.start({ data: join(folder, 'data') });
    await daemon.pushProject('trouble');
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a request with a hostile name in one of its parameters answers, in JSON. */
  const ask = async (method: string, path: string, fields: Record<string, string>) => {
    const query = new URLSearchParams(fields).toString();
    const answer = method === 'GET' ? await daemon.get(`${path}?${query}`) : await daemon.post(path, fields);
    expect(answer.status, `${path} ${JSON.stringify(fields).slice(0, 100)}`).to.equal(200);
    return answer.body as Record<string, unknown>;
  };
  const job = { project: 'trouble', spider: 'silent' };

  for (const [what, { name, isFileName }] of Object.entries(HOSTILE)) {
    describe(what, () => {
      afterEach(() => {
        expect(readdirSync(folder)).to.deep.equal(['data']);
        expect(daemon.output).to.not.contain('request failed');
      });

      it('as the name of what does not exist is an error, or an empty answer', async () => {
        for (const [method, path, fields] of [
          ['GET', '/listspiders.json', { project: name }],
          ['GET', '/listspiders.json', { project: 'trouble', _version: `no ${name}` }],
          ['GET', '/listjobs.json', { project: name }],
          ['GET', '/status.json', { job: 'x', project: name }],
          ['POST', '/schedule.json', { ...job, project: name }],
          ['POST', '/schedule.json', { ...job, spider: name }],
          ['POST', '/schedule.json', { ...job, _version: `no ${name}` }],
          ['POST', '/schedule.json', { ...job, priority: `no ${name}` }],
          ['POST', '/schedule.json', { ...job, setting: name.replaceAll('=', '') }],
          ['POST', '/cancel.json', { project: name, job: 'x' }],
          ['POST', '/delversion.json', { project: name, version: '1' }],
          ['POST', '/delversion.json', { project: 'trouble', version: name }],
          ['POST', '/delproject.json', { project: name }],
        ] as const) {
          const body = await ask(method, path, fields);
          expect(body, path).to.include({ status: 'error' });
          expect(body.message).to.be.a('string').that.is.not.equal('');
        }
        const nowhere = await ask('GET', '/status.json', { job: name });
        if (!name.includes('\0')) expect(nowhere).to.include({ currstate: null });
        const versions = await ask('GET', '/listversions.json', { project: name });
        if (versions.status === 'ok') expect(versions.versions).to.deep.equal([]);
      });

      it(`${isFileName ? 'may be' : 'is refused as'} a job's name`, async () => {
        const { status, jobid, message } = await ask('POST', '/schedule.json', { ...job, jobid: name });
        expect([status, jobid]).to.deep.equal(isFileName ? ['ok', name] : ['error', undefined]);
        if (!isFileName) {
          expect(message).to.match(/jobid is invalid|holds a NUL character/);
          return;
        }
        const state = () => ask('GET', '/status.json', { job: name });
        while ((await state()).currstate !== 'finished');
        const { finished } = (await ask('GET', '/listjobs.json', {})) as {
          finished: Record<string, string>[];
        };
        expect(finished[0]).to.include({ id: name });
        expect((await daemon.get(finished[0]!.log_url!)).text).to.contain('Spider closed');
        for (const page of ['/jobs', '/logs/trouble/silent/']) {
          const { text } = await daemon.get(page);
          expect(text).to.not.match(/<img|alert\(1\)>/);
          if (!/[<"&']/.test(name)) expect(text).to.contain(name);
        }
      });

      it(`${isFileName ? 'may be' : 'is refused as'} a project's name, and as a version's`, async () => {
        const egg = eggOf('trouble');
        const add = async (project: string, version: string) => {
          const form = multipart({ project, version, egg });
          const answer = await send(daemon.url, '/addversion.json', { method: 'POST', ...form });
          expect(answer.status).to.equal(200);
          return answer.body as Record<string, unknown>;
        };
        const [asProject, asVersion] = await Promise.all([add(name, '1'), add('versions', name)]);
        expect(asProject).to.include({ status: isFileName ? 'ok' : 'error' });
        // A version stands in no path.
        const isName = isFileName || /^[./\\a-z]{1,100}$/.test(name);
        expect(asVersion).to.include({ status: isName ? 'ok' : 'error' });
        if (!isFileName) return;
        const body = await ask('POST', '/schedule.json', { project: name, spider: 'fine', [name]: name });
        expect(body).to.include({ status: 'ok' });
        const id = String(body.jobid).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
        await daemon.over(id);
        for (const page of ['/jobs', '/logs/', `/logs/${encodeURIComponent(name)}/`, '/']) {
          const { status, text } = await daemon.get(page);
          expect(status).to.equal(200);
          expect(text).to.not.match(/<img|alert\(1\)>/);
        }
        expect(await ask('POST', '/delproject.json', { project: name })).to.include({ status: 'ok' });
      });
    });
  }
});

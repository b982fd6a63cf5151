import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { hashPassword } from '../../src/access/password-hash.ts';
import { createKey, listKeys, revokeKey } from '../../src/cli/keys.ts';
import { curl } from '../support/curl.ts';
import { TestDaemon, type TestDaemonOptions } from '../support/daemon.ts';
import { project } from '../support/refusals.ts';

describe('keys of a data folder', function () {
  this.timeout(180_000);
  let data = '';
  let daemon: TestDaemon | null = null;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'orbweaver-e2e-'));
  });
  afterEach(async () => {
    await daemon?.[Symbol.asyncDispose]();
    daemon = null;
    rmSync(data, { recursive: true, force: true });
  });

  const start = async (options: TestDaemonOptions = {}) =>
    (daemon = await TestDaemon.start({ data, ...options }));
  const create = async (name: string) => {
    const { lines } = await createKey(data, { name, readOnly: false, projects: [] }, Date.now());
    return lines[0] ?? '';
  };
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

  it('take effect at once in a running daemon, when they are made and when they are revoked', async () => {
    const each = await start();
    const get = each.get.bind(each);
    expect((await get('/list-projects.json?apikey=any')).status).to.equal(200);
    const key = await create('ci');
    expect((await get('/list-projects.json')).status).to.equal(401);
    expect((await get('/list-projects.json', bearer('any'))).status).to.equal(401);
    for (const path of ['/list-projects.json', '/daemonstatus.json', '/jobs', '/']) {
      expect((await get(path, bearer(key))).status, path).to.equal(200);
    }
    expect(listKeys(data)[1]).to.match(/^ci +change +\(all\) +[-\d]{10} [:\d]{5} +[-\d]{10} [:\d]{5}$/);
    const other = await create('other');
    revokeKey(data, 'ci');
    expect((await get('/list-projects.json', bearer(key))).status).to.equal(401);
    expect((await get(`/list-projects.json?apikey=${other}`)).status).to.equal(200);
    revokeKey(data, 'other');
    expect((await fetch(`${each.url}/list-projects.json`)).status).to.equal(200);
  });

  it('are no arguments of the spider that they start, and stand in no log', async () => {
    const each = await start();
    const get = each.get.bind(each);
    await each.pushZip(project({}));
    const key = await create('ci');
    const asked = [
      await each.post(`/schedule.json?apikey=${key}&a=1`, { project: 'trouble', spider: 'fine', jobid: 'j' }),
      await each.post(`/schedule-job.json?apikey=${key}`, {
        project: 'trouble',
        spider: 'fine',
        when: 'every day',
      }),
    ];
    for (const { text } of asked) expect(text).to.contain('"status": "ok"');
    await fetch(`${each.url}/%zz?apikey=${key}`);
    const wrong = `${key.slice(0, -1)}~`;
    await get(`/list-projects.json?apikey=${wrong}`);
    expect((await get('/nothing', bearer(key))).text).to.not.contain(key);
    const listed = (await get('/list-jobs.json?status=ACTIVE', bearer(key))).text;
    expect(listed).to.not.contain(key);
    const kept = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !file.parentPath.includes('environments'))
      .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
    expect(kept.join()).to.contain('"a":"1"').and.to.not.contain('apikey').and.to.not.contain(key);
    // Its log comes by a pipe.
    while (!each.output.includes('a wrong key or password')) await sleep(10);
    expect(each.output).to.not.contain(key.slice(0, -1));
  });

  it('guard an address beyond this machine by themselves, and go on when the last one is revoked', async () => {
    const args = ['--listen', '0.0.0.0:0'];
    const { code, text } = await TestDaemon.refusal({ data, args });
    expect(code).to.equal(1);
    expect(text).to.contain('"0.0.0.0" can be reached from other machines').and.to.contain('key create');
    const key = await create('ci');
    const each = await start({ args });
    const get = each.get.bind(each);
    expect((await get('/status.json')).status).to.equal(401);
    expect((await get('/status.json', bearer(key))).status).to.equal(200);
    revokeKey(data, 'ci');
    expect((await get('/status.json', bearer(key))).status).to.equal(401);
    expect((await get('/status.json')).status).to.equal(401);
  });

  it('go with passwords that are kept as hashes, of which the start says that Digest cannot be used', async () => {
    const config = join(data, 'settings.ini');
    const hash = await hashPassword('s:cret');
    writeFileSync(
      config,
      `[scrapy-do]\nproject-store = ${data}\n[web]\ninterfaces = 127.0.0.1:0\n` +
        `[orbweaver]\nusername = ann\npassword = ${hash}\n`,
    );
    const each = await start({ args: ['--config', config] });
    expect(each.output).to.contain('The password of user "ann" is kept as a hash: it is taken by Basic only');
    const key = await create('ci');
    const status = async (...args: string[]) => (await curl(...args, `${each.url}/status.json`)).status;
    expect(await status('-u', 'ann:s:cret')).to.equal(200);
    expect(await status('-u', `${key}:`)).to.equal(200);
    expect(await status('--digest', '-u', 'ann:s:cret')).to.equal(401);
    expect(await status('--anyauth', '-u', 'ann:s:cret')).to.equal(200);
    for (const wrong of ['ann:wrong', `ann:${hash}`]) expect(await status('-u', wrong)).to.equal(401);
  });
});

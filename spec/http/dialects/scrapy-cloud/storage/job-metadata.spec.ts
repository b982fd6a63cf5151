import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { accessOfJob, accessOfKey, ANYBODY } from '../../../../../src/access/access.ts';
import { aRequest, aVersion } from '../../../../support/samples.ts';
import { aHeldCloud, START, type HeldCloud } from '../a-held-cloud.ts';

const reader = { name: 'reader', readOnly: true, projects: null } as Parameters<typeof accessOfKey>[0];

describe('the metadata of a job in the storage of Scrapy Cloud', () => {
  let site: HeldCloud;
  beforeEach(async () => {
    site = await aHeldCloud();
  });
  afterEach(() => site[Symbol.asyncDispose]());

  const meta = async (key: string) => (await site.lines(`/jobs/${key}`))[0] ?? {};
  const field = async (key: string, name: string) => (await site.lines<unknown>(`/jobs/${key}/${name}`))[0];

  it('are all that the documents show of one that ran here', async () => {
    const request = aRequest({
      ...{ args: { arg1: 'val1' }, units: 2, priority: 1, tags: ['tag1', 'tag2'] },
    });
    const settings = { A: 1 } as unknown as Record<string, string>;
    site.store.setVariables('quotes', { SECRET: 'of the project' });
    site.store.setHeld('quotes', false);
    const { id, key } = site.store.addJob(
      { request: { ...request, settings, env: { E: 'own' } }, actor: 'USER', by: 'testuser' },
      START,
    );
    site.clock.step(10);
    // What wakes the queue.
    await site.push({ spider: 'xpath' });
    const stats = `{"item_scraped_count":1,"elapsed":3.0,"start_time":"2026-11-22 10:00:00","finish_time":1795341600500.0,"close_reason":"finished"}`;
    writeFileSync(site.outputs.paths(id).stats, stats);
    site.clock.step(990);
    site.ends.exited(id, { code: 0, signal: null, reason: null }, START + 1000);
    const text = await (await site.ask(`/jobs/${key}`)).text();
    expect(text).to.contain('"elapsed":3.0,"start_time":1795341600000.0,"finish_time":1795341600500.0}');
    expect(JSON.parse(text)).to.deep.equal({
      ...{ project: 123, spider: 'css', spider_type: 'manual', state: 'finished', priority: 3, units: 2 },
      ...{ tags: ['tag1', 'tag2'], spider_args: { arg1: 'val1' }, job_settings: { A: 1 } },
      ...{ environment: { E: 'own' }, version: '1', deploy_id: 1, close_reason: 'finished' },
      ...{ pending_time: START, running_time: START + 20, finished_time: START + 1000 },
      ...{ scheduled_by: 'testuser', started_by: 'jobrunner', completed_by: 'jobrunner' },
      ...{ api_url: `${site.url}/api/`, portia_url: `${site.url}/` },
      scrapystats: { item_scraped_count: 1, elapsed: 3, start_time: START, finish_time: START + 500 },
    });
    expect(await field(key, 'tags')).to.deep.equal(['tag1', 'tag2']);
    site.store.addVersion(aVersion({ name: '1' }));
    for (const { id } of site.store.unusedVersions()) site.store.forgetVersion(id);
    expect(await field(key, 'version')).to.equal('1');
  });

  it('are those of a job, whatever clients call their fields', async () => {
    const key = await site.push();
    await site.lines(
      `/jobs/${key}`,
      '{"__proto__": 1, "constructor": 2, "big": 12345678901234567890, "f": 1.0}',
    );
    expect(await (await site.ask(`/jobs/${key}`)).text()).to.contain(
      '"__proto__":1,"constructor":2,"big":12345678901234567890,"f":1.0}',
    );
    expect(await field(key, '__proto__')).to.equal(1);
    expect(await field(key, 'toString')).to.equal(null);
  });

  it('are changed whole and one by one, and removed one by one', async () => {
    const key = await site.push({ foo: 1 });
    const response = await site.ask(`/jobs/${key}`, {
      bar: [2],
      tags: ['x', 'x', 'y'],
      close_reason: 'mine',
    });
    expect([response.status, await response.text()]).to.deep.equal([200, '']);
    await site.lines(`/jobs/${key}/foo`, 'null');
    await site.lines(`/jobs/${key}/text`, '"é\\u2028"');
    expect(await meta(key)).to.deep.include({
      ...{ bar: [2], tags: ['x', 'y'], close_reason: 'mine', foo: null, text: 'é\u2028' },
    });
    for (const name of ['foo', 'tags', 'close_reason', 'absent', 'spider']) {
      await site.lines(`/jobs/${key}/${name}`, undefined, 'DELETE');
    }
    expect(await meta(key)).to.deep.include({ tags: [], spider: 'css', bar: [2] });
    expect(await meta(key)).to.not.have.any.keys('foo', 'close_reason');
  });

  it('can be sent back whole, without hiding what becomes of the job later', async () => {
    const key = await site.push({ tags: ['t'] });
    const before = await meta(key);
    await site.lines(`/jobs/${key}`, {
      ...before,
      foo: 1,
      state: 'running',
      auth: 'x',
      priority: 4,
      key: '1/1/1',
    });
    expect(await meta(key)).to.deep.equal({ ...before, foo: 1 });
    await site.update({ key, state: 'running' });
    expect(await meta(key)).to.include({ state: 'running', running_time: START + 20 });
    expect(await meta(key)).to.deep.equal(await meta(key));
    expect(site.store.jobByKey(key)?.meta).to.deep.equal({ foo: 1 });
    // What a worker outside knows better is its own.
    await site.lines(`/jobs/${key}`, { running_time: 5, scrapystats: { a: 1 } });
    expect(await meta(key)).to.deep.include({ running_time: 5, scrapystats: { a: 1 } });
  });

  it('never have the token', async () => {
    const key = await site.push({ state: 'running', auth: 'x' });
    expect(await field(key, 'auth')).to.equal(null);
    expect(await meta(key)).to.not.have.property('auth');
  });

  it('are empty for a job that is not there, and null where one field is asked for', async () => {
    expect(await meta('123/1/99')).to.deep.equal({});
    expect(await field('123/1/99', 'state')).to.equal(null);
    expect(await meta('99/1/1')).to.deep.equal({});
    expect(await site.refusal('/jobs/123/1/99', {})).to.deep.equal([404, 'There is no job "123/1/99".']);
    expect((await site.ask('/jobs/123/1/99', undefined, 'DELETE')).status).to.equal(200);
  });

  it('go with the job when that is removed', async () => {
    const key = await site.push({ foo: 1 });
    await site.lines(`/jobs/${key}`, undefined, 'DELETE');
    expect(await meta(key)).to.deep.equal({});
    expect(await site.lines('/jobq/123/count?state=pending&state=finished')).to.deep.equal([0]);
    expect(await site.push()).to.equal('123/1/2');
  });

  it('are refused where they are none, and where they are too large', async () => {
    const key = await site.push();
    for (const [path, body, status, message] of [
      [`/jobs/${key}`, '[1]', 400, 'The body must be a JSON object'],
      [`/jobs/${key}`, '{"a": ', 400, 'This is not valid JSON'],
      [`/jobs/${key}/foo`, ' ', 400, 'The body must be a JSON value; it is empty.'],
      [`/jobs/${key}/tags`, '[1]', 400, '"tags" must be a list of texts, not "[1]".'],
      [`/jobs/${key}`, '['.repeat(5000), 400, 'nested more than "1000" levels deep'],
    ] as const) {
      const [was, words] = await site.refusal(path, body);
      expect(was).to.equal(status);
      expect(words).to.contain(message);
    }
    const half = { [`x`]: 'x'.repeat(150_000) };
    await site.lines(`/jobs/${key}`, half);
    expect((await site.refusal(`/jobs/${key}/y`, JSON.stringify('y'.repeat(150_000))))[0]).to.equal(413);
    const put = await site.ask(`/jobs/${key}`, '{}', 'PUT');
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST, DELETE']);
  });

  it('are changed by the own token of the job, which can do nothing else', async () => {
    const [key, other] = [await site.push({ state: 'running' }), await site.push()];
    site.asks.access = accessOfJob(site.store.jobByKey(key)!);
    await site.lines(`/jobs/${key}`, { foo: 1 });
    await site.lines(`/jobs/${key}/foo`, undefined, 'DELETE');
    expect(await meta(other)).to.include({ state: 'pending' });
    for (const [path, body, method] of [
      [`/jobs/${other}`, { foo: 1 }, 'POST'],
      [`/jobs/${key}`, undefined, 'DELETE'],
      ['/jobq/123/push', { spider: 'css' }, 'POST'],
      ['/jobq/123/update', { key, state: 'finished' }, 'POST'],
      ['/ids/123/spider/new?create=1', undefined, 'GET'],
    ] as const) {
      const [status, words] = await site.refusal(path, body, method);
      expect([status, path]).to.deep.equal([403, path]);
      expect(words).to.equal(`The job "${key}" may read only, and change nothing.`);
    }
  });

  it('are read but not changed by a key that only reads, and what it tried is recorded', async () => {
    const key = await site.push();
    site.asks.access = accessOfKey(reader);
    site.changes.length = 0;
    expect(await meta(key)).to.include({ state: 'pending' });
    expect((await site.refusal(`/jobs/${key}`, { foo: 1 }))[0]).to.equal(403);
    expect((await site.refusal('/jobs/123/1/99', { foo: 1 }))[0]).to.equal(403);
    expect(site.changes.map(({ outcome }) => outcome)).to.deep.equal(['refused', 'refused']);
  });

  it('are not there for a key of other projects', async () => {
    const key = await site.push();
    site.asks.access = { ...ANYBODY, projects: ['other'] };
    expect(await meta(key)).to.deep.equal({});
    expect((await site.refusal(`/jobs/${key}`, {}))[0]).to.equal(404);
    expect((await site.refusal('/jobq/123/update', { key, state: 'deleted' }))[0]).to.equal(404);
    site.asks.access = ANYBODY;
    expect(await meta(key)).to.include({ state: 'pending' });
  });
});

import { expect } from 'chai';
import { ANYBODY } from '../../../../../src/access/access.ts';
import { aRequest } from '../../../../support/samples.ts';
import { aHeldCloud, START, type HeldCloud } from '../a-held-cloud.ts';

describe('the storage of Scrapy Cloud', () => {
  let site: HeldCloud;
  beforeEach(async () => {
    site = await aHeldCloud();
  });
  afterEach(() => site[Symbol.asyncDispose]());

  it('gives spiders their numbers, where it is told to also to new ones', async () => {
    const id = async (name: string) => (await site.lines<unknown>(`/ids/123/spider/${name}`))[0];
    expect([await id('css'), await id('xpath'), await id('new')]).to.deep.equal([1, 2, null]);
    expect(await id('new?create=True')).to.equal(3);
    expect(await id('new')).to.equal(3);
    expect(await id('%C3%A9%2F%F0%9F%95%B7?create=1')).to.equal(4);
    expect(await id('other?create=0')).to.equal(null);
    expect((await site.refusal(`/ids/123/spider/${'x'.repeat(300)}?create=1`))[0]).to.equal(400);
  });

  it('counts the jobs of each project', async () => {
    await site.push();
    await site.push({ state: 'finished' });
    await site.push({ state: 'finished' });
    const summary = { project: 123, has_capacity: true, held: true, pending: 1, running: 0 };
    expect(await site.lines('/projects/jobsummaries')).to.deep.equal([
      [
        { project: 200, has_capacity: true, held: true, pending: 0, running: 0, finished: 0 },
        { ...summary, finished: 2 },
      ],
    ]);
    expect(await site.lines('/projects/123/jobsummary')).to.deep.equal([summary]);
    site.asks.access = { ...ANYBODY, projects: ['quotes'] };
    expect(await site.lines('/projects/jobsummaries?state=finished')).to.deep.equal([
      [{ project: 123, has_capacity: true, held: true, finished: 2 }],
    ]);
  });

  it('keeps the settings of a project', async () => {
    const settings = '/projects/123/settings';
    expect(await site.lines(settings)).to.deep.equal([{}]);
    await site.lines(settings, '{"created": 1476803148638, "botgroups": ["g1"], "f": 1.0}');
    await site.lines(`${settings}/limit`, '20');
    expect(await (await site.ask(settings)).text()).to.equal(
      '{"created":1476803148638,"botgroups":["g1"],"f":1.0,"limit":20}\n',
    );
    expect(await site.lines(`${settings}/limit`)).to.deep.equal([20]);
    for (const key of ['limit', 'f', 'absent']) await site.lines(`${settings}/${key}`, undefined, 'DELETE');
    expect(await site.lines(`${settings}/limit`)).to.deep.equal([null]);
    expect(await site.lines(`${settings}/constructor`)).to.deep.equal([null]);
    expect(await site.lines(settings)).to.deep.equal([{ created: 1476803148638, botgroups: ['g1'] }]);
    expect((await site.refusal(settings, '[]'))[0]).to.equal(400);
    const half = JSON.stringify('x'.repeat(600_000));
    await site.lines(`${settings}/one`, half);
    expect((await site.refusal(`${settings}/other`, half))[0]).to.equal(413);
    expect((await site.refusal(settings, `{"other": ${half}}`))[0]).to.equal(413);
  });

  it('tells what happened in a project, the last first', async () => {
    const events = [{ event: 'job:completed', job: '123/2/3', n: 1 }, { c: 6 }];
    await site.lines('/activity/123', events.map((event) => JSON.stringify(event)).join('\n'));
    await site.lines('/activity/123', { last: 1 });
    const [completed, six] = events;
    expect(await site.lines('/activity/123')).to.deep.equal([{ last: 1 }, six, completed]);
    expect(await site.lines('/activity/123?count=1&meta=_ts')).to.deep.equal([{ last: 1, _ts: START }]);
    const key = await site.push({ state: 'running' });
    await site.update({ key, state: 'deleted' });
    expect(await site.lines('/activity/123?count=4')).to.deep.equal(
      ['job:deleted', 'job:completed', 'job:started', 'job:scheduled'].map((event) => ({
        ...{ event, job: key, user: 'anybody' },
      })),
    );
    expect((await site.refusal('/activity/123', '{}\n5'))[1]).to.contain('Line 2: It must be a JSON object');
    const long = JSON.stringify({ event: 'x'.repeat(10_000) });
    expect((await site.refusal('/activity/123', long))[0]).to.equal(413);
    expect((await site.refusal('/activity/99'))[0]).to.equal(404);
  });

  it('tells only what meets all filters', async () => {
    const events = Array.from({ length: 9 }, (_, c) => JSON.stringify(c === 3 ? { d: c } : { c }));
    await site.lines('/activity/123', events.join('\n'));
    const filter = (...filters: string[]) =>
      site.lines(
        `/activity/123?count=2${filters.map((text) => `&filter=${encodeURIComponent(text)}`).join('')}`,
      );
    expect(await filter('["c", "<", [5]]')).to.deep.equal([{ c: 4 }, { c: 2 }]);
    expect(await filter('["c", "<", [5]]', '["c", ">", [3]]')).to.deep.equal([{ c: 4 }]);
    expect((await site.refusal('/activity/123?filter=5'))[0]).to.equal(400);
  });

  it('tells the time', async () => {
    expect(await site.lines('/system/ts')).to.deep.equal([START]);
  });

  it('is the same below /storage, with the address by which a proxy serves it', async () => {
    const { key } = site.store.addJob({ request: aRequest(), actor: 'USER' }, START);
    expect(await site.lines('/storage/jobq/123/count?state=pending')).to.deep.equal([1]);
    const response = await fetch(`${site.url}/storage/jobs/${key}/api_url`, {
      headers: { 'x-forwarded-prefix': '/cloud' },
    });
    expect(await response.json()).to.equal(`${site.url}/cloud/api/`);
  });

  it('has nothing else, by any method', async () => {
    for (const path of [
      '/collections/123/s/store',
      '/hcf/123/frontier/s/slot/q',
      '/botgroups/g1/max_running',
      '/jobq/123/nothing',
      '/jobq/123/count/',
      '/jobs/123',
      '/projects/123',
      '/storage/jobs/123/1/x',
      '/storage/anything',
    ]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const [status, message] = await site.refusal(path, method === 'POST' ? '{}' : undefined, method);
        expect([status, message]).to.deep.equal([404, `There is nothing at "${path}".`]);
      }
    }
  });

  it('tells which methods there are where another is used', async () => {
    for (const [path, method, allowed] of [
      ['/jobq/123/count', 'POST', 'GET, HEAD'],
      ['/jobq/123/push', 'GET', 'POST'],
      ['/projects/123/settings/x', 'PUT', 'GET, HEAD, POST, DELETE'],
      ['/system/ts', 'DELETE', 'GET, HEAD'],
    ] as const) {
      const response = await site.ask(path, undefined, method);
      expect([response.status, response.headers.get('allow')]).to.deep.equal([405, allowed]);
      const { error, message } = (await response.json()) as Record<string, string>;
      expect([error, message]).to.deep.equal([
        'Method Not Allowed',
        `Method "${method}" is not allowed for "${path}": use ${allowed}.`,
      ]);
    }
    expect((await site.ask('/jobq/123/count', undefined, 'HEAD')).status).to.equal(200);
  });

  it('says what its answers are, so that no client has to guess', async () => {
    const type = async (path: string) => (await site.ask(path)).headers.get('content-type');
    expect(await type('/jobq/123/count')).to.equal('application/json');
    expect(await type('/jobq/123/list')).to.equal('application/x-jsonlines');
    expect(await (await site.ask('/jobq/123/list')).text()).to.equal('');
  });
});

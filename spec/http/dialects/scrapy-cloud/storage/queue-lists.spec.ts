import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { aRequest, aVersion } from '../../../../support/samples.ts';
import { aHeldCloud, START, type HeldCloud } from '../a-held-cloud.ts';

describe('the queue of a project in the storage of Scrapy Cloud, read', () => {
  let site: HeldCloud;
  beforeEach(async () => {
    site = await aHeldCloud();
  });
  afterEach(() => site[Symbol.asyncDispose]());

  const finished = (fields: object = {}) => site.push({ state: 'finished', ...fields });
  const keys = async (query: string) =>
    (await site.lines<{ key: string }>(`/jobq/123/list${query}`)).map(({ key }) => key);
  const count = async (query: string) => (await site.lines<number>(`/jobq/123/count${query}`))[0];

  it('has finished jobs where nobody asks for others, the last one first', async () => {
    const [one, two, three] = [await finished(), await site.push(), await site.push({ state: 'running' })];
    const four = await finished();
    const five = await site.push({ state: 'deleted' });
    expect(await keys('')).to.deep.equal([four, one]);
    expect(await count('')).to.equal(2);
    expect(await keys('?state=running&state=pending')).to.deep.equal([three, two]);
    expect(await count('?state=deleted')).to.equal(1);
    expect(await keys('?state=deleted')).to.deep.equal([five]);
    await site.update({ key: two, state: 'finished' });
    expect(await keys('')).to.deep.equal([two, four, one]);
  });

  it('tells which jobs have one of several tags, and which have none of them', async () => {
    const [a, b] = [await finished({ tags: ['tagA'] }), await finished({ tags: ['tagB'] })];
    expect(await count('')).to.equal(2);
    expect(await count('?has_tag=tagA&has_tag=tagB')).to.equal(2);
    expect(await count('?lacks_tag=tagA&lacks_tag=tagB')).to.equal(0);
    const [both, none] = [await finished({ tags: ['tagA', 'tagB'] }), await finished()];
    expect(await keys('?has_tag=tagA')).to.deep.equal([both, a]);
    expect(await keys('?has_tag=tagB&lacks_tag=tagA')).to.deep.equal([b]);
    expect(await keys('?lacks_tag=tagA&lacks_tag=tagB')).to.deep.equal([none]);
    expect(await keys('?has_tag=taga')).to.deep.equal([]);
  });

  it('is as long as it is, in whatever turns it is read', async () => {
    const lines = Array.from({ length: 230 }, (_, n) => ({ spider: 'css', state: 'finished', n }));
    await site.lines('/jobq/123/push', lines.map((line) => JSON.stringify(line)).join('\n'));
    const numbers = async (query: string) =>
      (await site.lines<{ n: number }>(`/jobq/123/list?jobmeta=n&${query}`)).map(({ n }) => n);
    const all = Array.from({ length: 230 }, (_, at) => 229 - at);
    expect(await numbers('')).to.deep.equal(all);
    expect(await numbers('start=110&count=110')).to.deep.equal(all.slice(110, 220));
    expect(await numbers('stop=123/1/10')).to.deep.equal(all.slice(0, 220));
    const [summary] = await site.lines<{ count: number; summary: { n: number }[] }>(
      '/jobq/123/summary/finished?count=1000&jobmeta=n',
    );
    expect(summary?.count).to.equal(230);
    expect(summary?.summary.map(({ n }) => n)).to.deep.equal(all);
  });

  it('tells the jobs of a spider, also of one that there is not', async () => {
    await finished();
    const other = await finished({ spider: 'xpath' });
    expect(await keys('?spider=xpath')).to.deep.equal([other]);
    expect(await count('?spider=nobody')).to.equal(0);
  });

  it('goes from one instant, and up to but without another', async () => {
    const jobs = [await finished(), await finished(), await finished()];
    const rows = await site.lines<{ ts: number }>('/jobq/123/list');
    const [third, second, first] = rows.map(({ ts }) => ts);
    expect([third! > second!, second! > first!]).to.deep.equal([true, true]);
    expect(await keys(`?startts=${first}&endts=${third}`)).to.deep.equal([jobs[1], jobs[0]]);
    expect(await count(`?startts=${second}`)).to.equal(2);
    expect(await keys(`?endts=${first}`)).to.deep.equal([]);
  });

  it('ends before the job that is named as the stop, also when that was deleted meanwhile', async () => {
    const jobs = [await finished(), await finished(), await finished(), await finished()];
    expect(await keys(`?stop=${jobs[1]}`)).to.deep.equal([jobs[3], jobs[2]]);
    await site.update({ key: jobs[1], state: 'deleted' });
    expect(await keys(`?stop=${jobs[1]}`)).to.deep.equal([jobs[3], jobs[2]]);
    expect(await keys('?stop=123/1/99')).to.deep.equal([jobs[3], jobs[2], jobs[0]]);
  });

  it('comes page by page', async () => {
    const jobs = [await finished(), await finished(), await finished()].reverse();
    expect(await keys('?count=2')).to.deep.equal(jobs.slice(0, 2));
    expect(await keys('?count=2&start=1')).to.deep.equal(jobs.slice(1));
    expect(await keys('?count=0')).to.deep.equal([]);
    expect(await keys('?count=9223372036854775807&start=9223372036854775807')).to.deep.equal([]);
  });

  it('tells of the jobs whose keys are given, whatever their state', async () => {
    const jobs = [
      await site.push(),
      await finished(),
      await site.push({ state: 'deleted' }),
      await finished(),
    ];
    const [waiting, over, deleted] = jobs;
    const three = `?key=${waiting}&key=${over}&key=${deleted}&key=123/9/9`;
    expect(await keys(three)).to.deep.equal([deleted, over, waiting]);
    expect(await keys(`${three}&state=pending`)).to.deep.equal([waiting]);
  });

  it('says of each job when it came, ran and ended, and what it is', async () => {
    const key = await site.push({ tags: ['new'], version: '1.2' });
    site.clock.step(1000);
    expect(await site.lines('/jobq/123/list?state=pending')).to.deep.equal([
      {
        ...{ key, ts: START + 10, elapsed: 1000, state: 'pending', spider: 'css', version: '1.2' },
        ...{ pending_time: START + 10, tags: ['new'] },
      },
    ]);
    await site.update({ key, state: 'running' });
    await site.update({ key, state: 'finished', close_reason: 'cancelled' });
    const [row] = await site.lines('/jobq/123/list');
    expect(row).to.deep.include({
      running_time: START + 1020,
      finished_time: START + 1030,
      ts: START + 1030,
    });
    // A client takes 0 for none.
    expect(row).to.include({ close_reason: 'cancelled', state: 'finished', elapsed: 1 });
  });

  it('counts what a run here has scraped so far, and what it had in the end', async () => {
    site.store.setHeld('quotes', false);
    const { id } = site.store.addJob({ request: aRequest(), actor: 'USER' }, START);
    await site.push({ spider: 'xpath' });
    const stats = {
      item_scraped_count: 3,
      response_received_count: 4,
      'log_count/INFO': 5,
      'log_count/ERROR': 1,
    };
    writeFileSync(site.outputs.paths(id).stats, JSON.stringify(stats));
    const counted = { items: 3, pages: 4, logs: 6, errors: 1 };
    expect((await site.lines('/jobq/123/list?state=running&spider=css'))[0]).to.include(counted);
    site.ends.exited(id, { code: 0, signal: null, reason: null }, START + 5);
    site.outputs.remove(id);
    expect((await site.lines('/jobq/123/list?spider=css'))[0]).to.include({ ...counted, version: '1' });
  });

  it('counts the records of a job that runs elsewhere', async () => {
    const key = await site.push({ state: 'running' });
    await site.lines(`/items/${key}`, '{"a": 1}\n{"a": 2}');
    await site.lines(`/logs/${key}`, '{"level": 40, "message": "x", "time": 1}');
    const counted = { items: 2, pages: 0, logs: 1, errors: 1 };
    expect((await site.lines('/jobq/123/list?state=running'))[0]).to.include(counted);
    await site.update({ key, state: 'finished' });
    const [row] = await site.lines('/jobq/123/list?jobmeta=items');
    expect(row).to.include({ items: 2 }).and.to.not.have.property('logs');
    await site.update({ key, state: 'deleted' });
    expect(await site.lines(`/items/${key}`)).to.deep.equal([]);
    expect((await site.lines('/jobq/123/list?state=deleted'))[0]).to.include({ items: 0 });
  });

  it('has the fields that are named, and few others', async () => {
    const key = await finished({ foo: 'bar', caz: 1, tags: ['t'] });
    const list = (query: string) => site.lines(`/jobq/123/list?${query}`);
    const row = { key, ts: START + 10, elapsed: 1, state: 'finished' };
    expect(await list('jobmeta=foo&jobmeta=units&jobmeta=nothing')).to.deep.equal([
      { ...row, foo: 'bar', units: 1 },
    ]);
    expect(await list('jobmeta=caz&has_tag=t')).to.deep.equal([{ ...row, caz: 1, tags: ['t'] }]);
    expect(await list('jobmeta=constructor')).to.deep.equal([row]);
    const other = await finished({ foo: 2 });
    const summary = await site.lines(
      `/jobq/123/jobsummary?key=${key}&key=123/1/99&key=${other}&jobmeta=key&jobmeta=foo`,
    );
    expect(summary.map(({ key, foo }) => [key, foo])).to.deep.equal([
      [key, 'bar'],
      [other, 2],
    ]);
  });

  it('has a summary of each queue, with the first five of it', async () => {
    const empty = (name: string) => ({ name, count: 0, summary: [] });
    const none = ['pending', 'running', 'finished'].map(empty);
    expect(await site.lines('/jobq/123/summary')).to.deep.equal(none);
    const jobs: string[] = [];
    for (let index = 0; index < 6; index++) jobs.push(await finished());
    await finished({ spider: 'xpath' });
    const summary = async (path: string) => {
      const rows = await site.lines<{ name: string; count: number; summary: { key: string }[] }>(path);
      return rows.map(({ name, count, summary }) => [name, count, summary.map(({ key }) => key)]);
    };
    const newest = jobs.reverse();
    expect(await summary('/jobq/123/1/summary/finished')).to.deep.equal([
      ['finished', 6, newest.slice(0, 5)],
    ]);
    expect(await summary('/jobq/123/1/summary/finished?count=9&start=4')).to.deep.equal([
      ['finished', 6, newest.slice(4)],
    ]);
    expect((await summary('/jobq/123/summary')).map(([name, count]) => [name, count])).to.deep.equal([
      ['pending', 0],
      ['running', 0],
      ['finished', 7],
    ]);
    expect(await site.lines('/jobq/123/99/summary')).to.deep.equal(none);
    expect(await summary('/jobq/123/summary/deleted')).to.deep.equal([['deleted', 0, []]]);
  });

  it('tells the job of each spider that ended last', async () => {
    expect(await site.lines('/spiders/123/lastjobsummary')).to.deep.equal([]);
    await finished();
    const [last, other] = [await finished(), await finished({ spider: 'xpath' })];
    await site.push();
    const last3 = async (path: string) =>
      (await site.lines<{ key: string }>(`/spiders/123/${path}`)).map(({ key }) => key);
    expect(await last3('lastjobsummary')).to.deep.equal([last, other]);
    expect(await last3('1/lastjobsummary')).to.deep.equal([last]);
    expect(await last3('99/lastjobsummary')).to.deep.equal([]);
    expect(await last3('lastjobsummary?count=1')).to.deep.equal([last]);
    expect(await last3('lastjobsummary?startafter=123/1')).to.deep.equal([other]);
    expect(await last3(`lastjobsummary?start=${other}`)).to.deep.equal([other]);
    expect(await last3('lastjobsummary?startafter=2')).to.deep.equal([]);
  });

  it('ignores parameters that it does not know', async () => {
    const key = await finished();
    expect(await keys('?filter=["state","=",["finished"]]&size=7')).to.deep.equal([key]);
  });

  it('is refused, in words, where a parameter makes no sense', async () => {
    site.store.addVersion(aVersion({ project: 'other' }));
    for (const [path, status, message] of [
      ['/jobq/123/list?state=done', 400, 'There is no state "done"'],
      ['/jobq/123/list?count=-1', 400, '"count" must be a whole number from 0, not "-1"'],
      ['/jobq/123/count?startts=now', 400, 'not "now"'],
      ['/jobq/123/list?stop=123/1', 400, '"123/1" is no key'],
      ['/jobq/123/list?key=54/1/1', 400, 'The key "54/1/1" is not one of project 123.'],
      ['/jobq/123/list?spider=a&spider=b', 400, 'Parameter "spider" is given twice.'],
      [`/jobq/123/list?${'key=123/1/1&'.repeat(1001)}`, 400, 'There are "1001" keys'],
      ['/jobq/123/summary/done', 400, 'There is no state "done"'],
      ['/jobq/123/css/summary', 400, 'The spider "css" is no number'],
      ['/spiders/123/lastjobsummary?start=54/1', 400, '"54/1" is no spider of this project'],
      ['/jobq/99/count', 404, 'There is no project 99'],
      ['/jobq/quotes/count', 400, 'The project "quotes" is no number'],
    ] as const) {
      const [was, words] = await site.refusal(path);
      expect([was, path]).to.deep.equal([status, path]);
      expect(words).to.contain(message);
    }
  });
});

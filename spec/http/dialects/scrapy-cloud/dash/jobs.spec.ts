import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { RecordKind } from '../../../../../src/records/record-kind.ts';
import { aRequest } from '../../../../support/samples.ts';
import { aCloud, START, type Cloud } from '../a-cloud.ts';

const SECOND = 1000;

describe('the jobs of the dashboard of Scrapy Cloud', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await aCloud();
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  type State = 'pending' | 'running' | 'finished' | 'deleted';
  /** A job whose worker is elsewhere, as it is a second later. */
  const add = (stage: State, tags: string[] = [], spider = 'css') => {
    const request = aRequest({ spider, tags });
    const job = cloud.moves.push({ request, meta: {}, stage, by: 'me' });
    cloud.clock.step(SECOND);
    return job.key;
  };
  interface List {
    count: number;
    total: number;
    jobs: Record<string, unknown>[];
  }
  const list = async (query: string) => {
    const { status, text, body } = await cloud.get(`/api/jobs/list.json?project=123${query}`);
    expect(status, text).to.equal(200);
    return body as List;
  };
  const keys = async (query: string) => (await list(query)).jobs.map(({ id }) => id);
  const change = async (what: string, fields: Record<string, string | string[]>) => {
    const { status, body } = await cloud.post(`/api/jobs/${what}.json`, { project: '123', ...fields });
    return status === 200 ? (body as { count: number }).count : (body as { message: string }).message;
  };

  it('are listed with what their state has to tell', async () => {
    cloud.dispatcher.start([]);
    const first = cloud.store.addJob(
      { request: aRequest({ priority: 9, args: { a: '1' }, tags: ['t'] }), actor: 'USER' },
      START,
    );
    cloud.dispatcher.wake();
    const stats = {
      item_scraped_count: 3,
      response_received_count: 5,
      'log_count/ERROR': 1,
      'log_count/INFO': 9,
    };
    writeFileSync(
      cloud.outputs.paths(first.id).stats,
      JSON.stringify({ ...stats, close_reason: 'finished' }),
    );
    cloud.clock.step(41 * SECOND);
    const counted = { items_scraped: 3, responses_received: 5, errors_count: 1, logs: 10 };
    const row = {
      ...{ id: '123/1/1', spider: 'css', tags: ['t'], priority: 4, version: '1', spider_type: 'manual' },
      ...{ spider_args: { a: '1' }, started_time: '2026-11-22T10:00:00', ...counted },
    };
    const { jobs: running } = await list('');
    expect(running[0]).to.include({ state: 'running' }).and.to.deep.include(row);
    expect(running[0]).to.not.have.property('close_reason');

    cloud.end('123/1/1');
    cloud.clock.step(138_399);
    expect(await list('')).to.deep.equal({
      ...{ status: 'ok', count: 1, total: 1 },
      jobs: [
        {
          ...{ ...row, state: 'finished', close_reason: 'finished' },
          ...{ updated_time: '2026-11-22T10:00:41', elapsed: 138_399 },
        },
      ],
    });
  });

  it('are listed before they run without a time of their start, and after they were deleted without counts', async () => {
    add('pending');
    const nothing = { items_scraped: 0, responses_received: 0, errors_count: 0, logs: 0 };
    const row = { spider: 'css', tags: [], priority: 2, spider_type: 'manual', ...nothing };
    expect((await list('')).jobs).to.deep.equal([
      {
        ...{ id: '123/1/1', state: 'pending', version: null, ...row },
        ...{ updated_time: '2026-11-22T10:00:00', elapsed: SECOND },
      },
    ]);
    expect(await change('delete', { job: '123/1/1' })).to.equal(1);
    expect((await list('&state=deleted')).jobs[0]).to.deep.include({
      id: '123/1/1',
      state: 'deleted',
      ...row,
    });
  });

  it('are listed with what was posted for them where they run elsewhere', async () => {
    const key = add('running');
    const store = (kind: RecordKind, lines: string[]) =>
      cloud.records.append(cloud.job(key).id, kind, lines, { start: null, now: START, writer: 'none' });
    await store('items', ['{}', '{}', '{}']);
    await store('requests', ['{"url":"x"}', '{"url":"y"}']);
    await store(
      'logs',
      [10, 20, 40, 50].map((level) => `{"level":${level},"message":"m","time":1}`),
    );
    const counted = { items_scraped: 3, responses_received: 2, errors_count: 2, logs: 4 };
    expect((await list('')).jobs[0]).to.include({ ...counted, state: 'running' });
    cloud.moves.move(cloud.job(key), 'finished', { closeReason: 'finished' }, 'me');
    expect((await list('')).jobs[0]).to.include({ ...counted, close_reason: 'finished' });
  });

  it('are the last changed first, without deleted ones unless these are asked for', async () => {
    const [a, b, c, d] = [add('pending'), add('running'), add('finished'), add('deleted')];
    expect(await keys('')).to.deep.equal([c, b, a]);
    expect(await keys('&state=deleted')).to.deep.equal([d]);
    expect(await keys('&state=pending&state=deleted')).to.deep.equal([d, a]);
    expect(await keys('&state=finished')).to.deep.equal([c]);
  });

  it('are found by key, spider, state, any of several tags, and none of several others', async () => {
    const one = add('finished', ['a']);
    const two = add('finished', ['a', 'b']);
    const three = add('running', ['c'], 'xpath');
    const four = add('finished');
    expect(await keys('&has_tag=a&has_tag=c')).to.deep.equal([three, two, one]);
    expect(await keys('&lacks_tag=b&lacks_tag=c')).to.deep.equal([four, one]);
    expect(await keys('&has_tag=a&lacks_tag=b')).to.deep.equal([one]);
    expect(await keys('&spider=xpath')).to.deep.equal([three]);
    expect(await keys('&spider=nobody')).to.deep.equal([]);
    expect(await keys(`&job=${one}&job=${three}&job=${one}&job=123/9/9`)).to.deep.equal([three, one]);
    expect(await keys(`&job=${one}&job=${three}&state=running`)).to.deep.equal([three]);
    expect(await keys(`&job=${one}&job=${two}&lacks_tag=b&spider=css`)).to.deep.equal([one]);
    expect(await keys(`&job=${three}&has_tag=a`)).to.deep.equal([]);
    expect(await keys('&has_tag=&state=&spider=&job=')).to.deep.equal([four, three, two, one]);
  });

  it('are counted by the page, and in all whatever the page', async () => {
    const all = Array.from({ length: 5 }, () => add('finished')).reverse();
    for (const [page, found] of [
      ['&count=2', all.slice(0, 2)],
      ['&count=2&offset=3', all.slice(3)],
      ['&offset=9', []],
      ['&count=0', []],
      ['&count=9223372036854775807&offset=1', all.slice(1)],
      [`&job=${all.join('&job=')}&count=2&offset=1`, all.slice(1, 3)],
    ] as const) {
      const { count, total, jobs } = await list(page);
      expect([count, total, jobs.map(({ id }) => id)]).to.deep.equal([found.length, 5, found]);
    }
    const { text } = await cloud.get('/api/jobs/count.json?project=123&state=finished&count=2&offset=1');
    expect(text).to.equal('{"status":"ok","total":5}\n');
  });

  it('are a hundred in JSON, and all of them in JSON lines, without a blank one', async () => {
    const key = add('finished');
    copies(450, key);
    expect(await list('')).to.include({ count: 100, total: 451 });
    const { text, headers } = await cloud.get('/api/jobs/list.jl?project=123');
    expect(headers.get('content-type')).to.equal('application/x-jsonlines');
    const [first, ...rows] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(first).to.deep.equal({ status: 'ok', count: 451, total: 451 });
    expect(new Set(rows.map(({ id }) => id)).size).to.equal(451);
    expect((await list('&count=401&offset=10')).jobs.map(({ id }) => id)).to.deep.equal(
      rows.slice(10, 411).map(({ id }) => id),
    );
    expect((await cloud.get('/api/jobs/list.jl?project=200')).text).to.equal(
      '{"status":"ok","count":0,"total":0}\n',
    );
  });

  it('get and lose tags, by their keys or by a filter', async () => {
    const [one, two] = [add('finished', ['tag1', 'tagA1', 'tagA2']), add('pending', ['tag2'])];
    const tags = (key: string) => cloud.job(key).tags;
    expect(await change('update', { job: one, remove_tag: ['tag1', 'tagx'] })).to.equal(1);
    expect(await change('update', { job: one, add_tag: ['tagB', 'tagA1'], remove_tag: 'tagA2' })).to.equal(1);
    expect(tags(one)).to.deep.equal(['tagA1', 'tagB']);
    expect(await change('update', { spider: 'css', add_tag: 'all' })).to.equal(2);
    expect([tags(one), tags(two)]).to.deep.equal([
      ['tagA1', 'tagB', 'all'],
      ['tag2', 'all'],
    ]);
    expect(await change('update', { has_tag: 'tag2', remove_tag: 'tag2' })).to.equal(1);
    expect(await change('update', { state: 'finished', lacks_tag: 'tag2' })).to.equal(1);
    expect(await change('update', { job: '123/9/9', add_tag: 'x' })).to.equal(0);
    expect(tags(two)).to.deep.equal(['all']);
    expect(cloud.changes.map(({ action }) => action)).to.deep.equal(Array(5).fill('change'));
  });

  it('are changed by a filter also if the change makes it meet them no more', async () => {
    copies(250, add('finished', ['new']));
    expect(await change('update', { has_tag: 'new', add_tag: 'consumed', remove_tag: 'new' })).to.equal(251);
    expect(await list('&has_tag=new')).to.include({ total: 0 });
    expect(await list('&has_tag=consumed')).to.include({ total: 251 });
  });

  it('stop: those that wait leave the queue, those that run here get a signal, others are told', async () => {
    cloud.dispatcher.start([]);
    for (const priority of [1, 0]) {
      cloud.store.addJob({ request: aRequest({ priority, units: 2 }), actor: 'USER' }, START);
    }
    cloud.dispatcher.wake();
    const elsewhere = add('running');
    const job = ['123/1/1', '123/1/2', elsewhere, '123/9/9'];
    expect(await change('stop', { job })).to.equal(3);
    expect(cloud.job('123/1/2')).to.include({ state: 'CANCELED', closeReason: 'cancelled' });
    expect(cloud.job(elsewhere)).to.include({ state: 'RUNNING' });
    expect(cloud.job(elsewhere).actors).to.include({ cancelled: 'anybody' });
    expect(cloud.job('123/1/1').stop).to.include({ signal: 'SIGINT', killAt: cloud.clock.now() + 300_000 });
    expect(await change('stop', { job: '123/1/2' })).to.equal(0);
  });

  it('are deleted all together, or not at all where one of them runs here', async () => {
    const [over, waiting] = [add('finished'), add('pending')];
    cloud.dispatcher.start([]);
    expect(cloud.job(waiting).state).to.equal('RUNNING');
    expect(await change('delete', { job: [over, waiting] })).to.equal(
      `The job "${waiting}" is running: stop it first, and delete it when it is finished. Nothing was deleted.`,
    );
    cloud.end(waiting);
    expect(await change('delete', { job: [over, waiting, '123/9/9'] })).to.equal(2);
    expect(await change('delete', { job: over })).to.equal(0);
    expect(await list('&state=deleted')).to.include({ total: 2 });
    expect((await cloud.get('/api/jobs/count.json?project=123')).text).to.contain('"total":0');
  });

  it('are refused in words where the request is wrong, and none is changed', async () => {
    const key = add('pending');
    for (const [query, message] of [
      ['', 'Missing parameter "project".'],
      ['?project=quotes', 'The project "quotes" is no number: give its id.'],
      ['?project=123&state=done', 'There is no state "done": use pending, running, finished, deleted.'],
      ['?project=123&job=7', '"7" is no job: give its three numbers, such as "123/1/1".'],
      ['?project=123&job=200/1/1', 'The job "200/1/1" is not one of project 123.'],
      ['?project=123&count=-1', 'Parameter "count" must be a whole number from 0, not "-1".'],
      ['?project=123&offset=x', 'Parameter "offset" must be a whole number from 0, not "x".'],
    ] as const) {
      const answers = await Promise.all([
        ...['list.json', 'list.jl', 'count.json'].map((name) => cloud.get(`/api/jobs/${name}${query}`)),
        ...['update', 'stop', 'delete'].map((name) => cloud.post(`/api/jobs/${name}.json${query}`, {})),
      ]);
      for (const { status, body } of answers) {
        expect([status, body]).to.deep.equal([400, { status: 'error', message }]);
      }
    }
    expect(await change('update', { add_tag: 'x' })).to.match(
      /^Say which jobs are meant: give one of "job", /,
    );
    expect(await change('update', { job: key, add_tag: 'a\nb' })).to.match(/cannot be a tag/);
    for (const what of ['stop', 'delete']) {
      expect(await change(what, { spider: 'css' })).to.equal('Say which jobs are meant: give "job".');
    }
    expect(cloud.job(key)).to.deep.include({ state: 'PENDING', tags: [] });
    expect((await cloud.get('/api/jobs/list.json?project=9')).status).to.equal(404);
  });

  /** That many jobs like another. */
  function copies(count: number, key: string): void {
    const db = new DatabaseSync(cloud.database);
    db.prepare(
      `WITH RECURSIVE series (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM series LIMIT ?)
       INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, project, spider, priority,
         request, tags, created_at, changed_at, started_at, finished_at)
       SELECT 'id-' || value, 'job' || value, project_id, spider_number, number + value, state, actor, project,
         spider, priority, request, tags, created_at, changed_at, started_at, finished_at
       FROM jobs, series WHERE jobs.id = ?`,
    ).run(count, cloud.job(key).id);
    db.close();
  }
});

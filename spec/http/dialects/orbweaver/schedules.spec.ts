import { expect } from 'chai';
import { aDaemon, START, ZONE, type ADaemon } from './a-daemon.ts';

const SCHEDULES = '/api/v1/schedules';

describe('the schedules of the native API', () => {
  let daemon: ADaemon;
  beforeEach(async () => {
    daemon = await aDaemon();
  });
  afterEach(() => daemon[Symbol.asyncDispose]());

  it('are made, and found again at the address that the answer names', async () => {
    const body = { when: ' every 10 minutes ', project: 'quotes', spider: 'css' };
    const made = await daemon.ask('POST', SCHEDULES, body);
    expect([made.status, made.type]).to.deep.equal([201, 'application/json']);
    expect(made.headers.get('location')).to.equal(`${SCHEDULES}/${made.json.id}`);
    expect(made.headers.get('cache-control')).to.equal('no-store');
    const found = await daemon.get(made.headers.get('location') ?? '');
    expect([found.status, found.json]).to.deep.equal([200, made.json]);
    const { meaning, ...rest } = found.json;
    expect(meaning).to.be.a('string').and.not.equal('');
    expect(rest).to.deep.equal({
      ...{ id: made.json.id, state: 'SCHEDULED', reason: null, when: 'every 10 minutes' },
      ...{ project: 'quotes', spider: 'css' },
      ...{ zone: null, from: null, until: null, except: null, jitter: null },
      ...{ overlap: 'allow', missed: 'run-once', max_runs: null },
      ...{ effective_zone: ZONE, runs: 0 },
      ...{ next_fire_at: '2026-06-01T09:10:05Z', planned_at: '2026-06-01T09:10:05Z' },
      ...{ created_at: '2026-06-01T09:00:05Z', changed_at: '2026-06-01T09:00:05Z' },
      ...{ description: '', payload: {}, args: {}, settings: {}, env: {}, priority: 0, units: 1 },
      ...{ fork: null, capture: null, version: null, tags: [], cmd_args: null },
    });
  });

  it('keep all that is said of them and their jobs, to the letter', async () => {
    const rules = {
      ...{ zone: 'Asia/Kathmandu', overlap: 'queue-one', missed: 'skip', max_runs: 3 },
    };
    const request = {
      ...{ description: 'ten', payload: { pages: [1, null] }, args: { url: 'http://a/' } },
      ...{ settings: { CONCURRENT_REQUESTS: 4, nested: { deep: [true] } }, env: { LEVEL: 'high' } },
      ...{ priority: -1.5, units: 2, fork: true, capture: false, version: '1', tags: ['nightly'] },
      cmd_args: '--loglevel=INFO',
    };
    const made = await daemon.add({ ...rules, ...request });
    expect(made).to.deep.include({ ...rules, ...request, effective_zone: 'Asia/Kathmandu' });
    const schedule = daemon.store.schedule(made.id)!;
    expect(schedule.rules).to.include({ zone: 'Asia/Kathmandu', maxRuns: 3 });
    expect(schedule.request).to.deep.include({ payload: '{"pages":[1,null]}', tags: ['nightly'] });
  });

  it('take numbers beyond 2^53 and names that every object has', async () => {
    const text = `{"when": "every hour", "project": "quotes", "spider": "css", "priority": 1.0, "max_runs": 2e0,
      "settings": {"BIG": 12345678901234567890, "__proto__": {"a": 1}}, "payload": [1.0, 9007199254740993],
      "args": {"__proto__": "b", "constructor": "c"}}`;
    const { status, text: answered } = await daemon.ask('POST', SCHEDULES, text);
    expect(status, answered).to.equal(201);
    for (const kept of [
      '"settings":{"BIG":12345678901234567890,"__proto__":{"a":1}}',
      '"payload":[1.0,9007199254740993]',
      '"args":{"__proto__":"b","constructor":"c"}',
      '"priority":1,',
      '"max_runs":2,',
    ]) {
      expect(answered).to.contain(kept);
    }
  });

  it('take days without a fire as a text or as a list', async () => {
    const list = await daemon.add({ except: ['2026-12-24', '2026-12-25'] });
    expect(list.except).to.equal('2026-12-24, 2026-12-25');
    expect((await daemon.add({ except: '2026-12-24' })).except).to.equal('2026-12-24');
    expect((await daemon.add({ except: [] })).except).to.equal(null);
  });

  it('are listed in pages, the newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await daemon.add()).id);
    let cursor: string | null = '';
    const pages: string[][] = [];
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await daemon.get(`${SCHEDULES}?limit=2${from}`);
      pages.push(json.schedules.map(({ id }) => id));
      cursor = json.next_cursor;
    }
    expect(pages).to.deep.equal([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect((await daemon.get(`${SCHEDULES}?limit=5`)).json.next_cursor).to.equal(null);
  });

  it('are listed by state, project and spider', async () => {
    const paused = await daemon.add();
    await daemon.ask('POST', `${SCHEDULES}/${paused.id}/pause`);
    const canceled = await daemon.add({ spider: 'xpath' });
    await daemon.ask('DELETE', `${SCHEDULES}/${canceled.id}`);
    const other = await daemon.add({ project: 'secret' });
    const listed = async (query: string) =>
      (await daemon.get(`${SCHEDULES}?${query}`)).json.schedules.map(({ id }) => id);
    expect(await listed('')).to.deep.equal([other.id, canceled.id, paused.id]);
    expect(await listed('state=PAUSED&state=CANCELED')).to.deep.equal([canceled.id, paused.id]);
    expect(await listed('project=quotes&spider=xpath')).to.deep.equal([canceled.id]);
    expect(await listed('project=nowhere')).to.deep.equal([]);
  });

  it('are changed in what is named, and null takes a rule back', async () => {
    const { id } = await daemon.add({ overlap: 'skip', zone: 'UTC', args: { a: '1' }, tags: ['old'] });
    daemon.clock.pass(1000);
    const { status, json } = await daemon.ask('PATCH', `${SCHEDULES}/${id}`, {
      ...{ when: 'every hour', overlap: null, max_runs: 7, tags: null, spider: 'xpath' },
    });
    expect(status).to.equal(200);
    expect(json).to.deep.include({
      ...{ when: 'every hour', overlap: 'allow', zone: 'UTC', max_runs: 7, spider: 'xpath' },
      ...{ args: { a: '1' }, tags: [], next_fire_at: '2026-06-01T10:00:06Z' },
    });
    const same = await daemon.ask('PATCH', `${SCHEDULES}/${id}`, {});
    expect([same.status, same.json]).to.deep.equal([200, json]);
  });

  it('stay ended when they are changed, unless that lets them make more runs', async () => {
    const { id } = await daemon.add({ max_runs: 1 });
    const path = `${SCHEDULES}/${id}`;
    daemon.clock.pass(600_000);
    expect((await daemon.get(path)).json).to.include({ state: 'ENDED', runs: 1 });
    const told = await daemon.ask('PATCH', path, { description: 'done' });
    expect([told.status, told.json.state]).to.deep.equal([200, 'ENDED']);
    for (const fields of [{ max_runs: null, when: 'now' }, { when: 'every hour' }]) {
      const { status } = await daemon.ask('PATCH', path, fields);
      expect([status, (await daemon.get(path)).json.state], JSON.stringify(fields)).to.deep.equal([
        400,
        'ENDED',
      ]);
    }
    const more = await daemon.ask('PATCH', path, { max_runs: 2 });
    expect(more.json).to.include({ state: 'SCHEDULED', reason: null, next_fire_at: '2026-06-01T09:20:05Z' });
    const fewer = await daemon.ask('PATCH', path, { max_runs: 1 });
    expect([fewer.status, fewer.json.detail]).to.deep.equal([
      400,
      '"max_runs" must be more than the runs that the schedule has made, 1, not "1": cancel it to end it.',
    ]);
  });

  it('are paused, resumed and canceled, each once', async () => {
    const { id } = await daemon.add();
    const post = async (what: string) => {
      const { status, json } = await daemon.ask('POST', `${SCHEDULES}/${id}/${what}`);
      return [status, json.state, json.next_fire_at as string | null];
    };
    expect(await post('pause')).to.deep.equal([200, 'PAUSED', null]);
    expect(await post('pause')).to.deep.equal([200, 'PAUSED', null]);
    expect(await post('resume')).to.deep.equal([200, 'SCHEDULED', '2026-06-01T09:10:05Z']);
    const gone = await daemon.ask('DELETE', `${SCHEDULES}/${id}`);
    expect([gone.status, gone.text]).to.deep.equal([204, '']);
    const again = await daemon.ask('DELETE', `${SCHEDULES}/${id}`);
    expect([again.status, again.json.title]).to.deep.equal([409, 'Conflict']);
    expect((await daemon.get(`${SCHEDULES}/${id}`)).json.state).to.equal('CANCELED');
  });

  it('are run at once, which is none of their fires', async () => {
    const { id } = await daemon.add({ max_runs: 1 });
    const { status, json } = await daemon.ask('POST', `${SCHEDULES}/${id}/run`, {});
    expect(status).to.equal(201);
    expect(json.job).to.include({
      ...{ state: 'RUNNING', project: 'quotes', spider: 'css', schedule: id },
      created_at: '2026-06-01T09:00:05Z',
    });
    expect(daemon.store.job(json.job.id)).to.include({ scheduleId: id });
    expect((await daemon.get(`${SCHEDULES}/${id}/fires`)).json).to.deep.equal({
      ...{ fires: [], next_cursor: null },
    });
  });

  it('tell what became of each fire, in pages', async () => {
    const { id } = await daemon.add({ overlap: 'skip' });
    daemon.clock.pass(1_800_000);
    const fires = `${SCHEDULES}/${id}/fires`;
    const first = (await daemon.get(`${fires}?limit=2`)).json;
    expect(first.fires.map((fire) => fire.planned_at as string)).to.deep.equal([
      '2026-06-01T09:30:05Z',
      '2026-06-01T09:20:05Z',
    ]);
    expect(first.fires[0]).to.deep.include({ outcome: 'skipped', job: null, late: null, until: null });
    expect(first.fires[0]!.reason).to.be.a('string');
    const last = (await daemon.get(`${fires}?limit=2&cursor=${first.next_cursor!}`)).json;
    const [job] = daemon.store.running();
    expect(last).to.deep.equal({
      fires: [
        {
          ...{ planned_at: '2026-06-01T09:10:05Z', until: null, count: 1 },
          ...{ made_at: '2026-06-01T09:10:05Z', late: 0, outcome: 'job' },
          ...{ job: { id: job!.id, state: 'RUNNING' }, reason: null },
        },
      ],
      next_cursor: null,
    });
  });

  it('are those of the projects that whoever asks may see', async () => {
    const mine = await daemon.add();
    const other = await daemon.add({ project: 'secret' });
    daemon.asKey(['quotes']);
    const { json } = await daemon.get(SCHEDULES);
    expect(json.schedules.map(({ id }) => id)).to.deep.equal([mine.id]);
    expect((await daemon.get(`${SCHEDULES}?project=secret`)).json.schedules).to.deep.equal([]);
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { when: 'every hour' }],
      ['DELETE', '', undefined],
      ['POST', '/pause', undefined],
      ['POST', '/resume', undefined],
      ['POST', '/run', undefined],
      ['GET', '/fires', undefined],
    ] as const) {
      const answer = await daemon.ask(method, `${SCHEDULES}/${other.id}${path}`, body);
      expect([answer.status, answer.json.detail], path).to.deep.equal([
        404,
        `Unknown schedule "${other.id}".`,
      ]);
    }
    const made = await daemon.ask('POST', SCHEDULES, {
      ...{ when: 'every hour', project: 'secret', spider: 'css' },
    });
    expect([made.status, made.json.detail]).to.deep.equal([404, 'Unknown project "secret".']);
    expect(daemon.store.schedule(other.id)).to.include({ state: 'SCHEDULED', when: 'every 10 minutes' });
  });

  it('are not changed by a key that may only read, whatever it sends', async () => {
    const { id } = await daemon.add();
    daemon.asKey(null, true);
    const before = daemon.changes.length;
    const asked = [
      ['POST', ''],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/run`],
    ] as const;
    for (const [method, path] of asked) {
      const { status, type, json } = await daemon.ask(method, SCHEDULES + path, '{"broken');
      expect([status, type, json.title]).to.deep.equal([403, 'application/problem+json', 'Forbidden']);
    }
    expect(daemon.changes.slice(before).map(({ outcome }) => outcome)).to.deep.equal(
      asked.map(() => 'refused'),
    );
    expect((await daemon.get(`${SCHEDULES}/${id}`)).status).to.equal(200);
  });

  it('leave one record of each change, also of one that failed', async () => {
    const { id } = await daemon.add();
    await daemon.ask('PATCH', `${SCHEDULES}/${id}`, { when: 'every hour' });
    await daemon.ask('POST', `${SCHEDULES}/${id}/pause`);
    await daemon.ask('PATCH', `${SCHEDULES}/nothing`, { when: 'every hour' });
    await daemon.ask('DELETE', `${SCHEDULES}/${id}`);
    expect(daemon.changes.map(({ action, outcome }) => `${action} ${outcome}`)).to.deep.equal([
      ...['schedule done', 'edit done', 'pause done', 'change failed', 'cancel done'],
    ]);
  });

  it('are shown also where this release cannot read them', async () => {
    const { id } = await daemon.add();
    daemon.store.changeSchedule(
      id,
      { when: 'every blue moon', state: 'FAULTY', reason: 'Its spec is not understood.', nextFireAt: null },
      START,
    );
    expect((await daemon.get(`${SCHEDULES}/${id}`)).json).to.include({
      ...{ state: 'FAULTY', reason: 'Its spec is not understood.', meaning: null, effective_zone: null },
    });
  });
});

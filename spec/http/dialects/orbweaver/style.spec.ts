import { expect } from 'chai';
import { aDaemon, type ADaemon } from './a-daemon.ts';

const SCHEDULES = '/api/v1/schedules';
const BODY = { when: 'every hour', project: 'quotes', spider: 'css' };

describe('the style of the native API', () => {
  let daemon: ADaemon;
  before(async () => {
    daemon = await aDaemon();
  });
  after(() => daemon[Symbol.asyncDispose]());

  const refusals: [what: string, body: object, ...errors: [pointer: string, detail: string][]][] = [
    [
      'what is missing',
      {},
      ['#/when', '"when" is missing: it must be a text without NUL characters.'],
      ['#/project', '"project" is missing: it must be a text without NUL characters.'],
      ['#/spider', '"spider" is missing: it must be a text without NUL characters.'],
    ],
    [
      'a number out of range',
      { ...BODY, max_runs: 0, units: 1.5 },
      ['#/max_runs', '"max_runs" must be a whole number from 1, not "0".'],
      ['#/units', '"units" must be a whole number from 1, not "1.5".'],
    ],
    [
      'a word that is not one of those',
      { ...BODY, overlap: 'never' },
      ['#/overlap', '"overlap" must be one of "allow", "skip", "queue-one", "replace", not "never".'],
    ],
    [
      'an argument that is no text',
      { ...BODY, args: { 'a/b': 5 } },
      ['#/args/a~1b', '"args.a/b" must be a text without NUL characters, not "5".'],
    ],
    [
      'a text with a NUL character',
      { ...BODY, env: { A: 'a\0b' } },
      ['#/env/A', '"env.A" must be a text without NUL characters, not "a\0b".'],
    ],
    [
      'a tag that is none',
      { ...BODY, tags: ['good', ''] },
      [
        '#/tags/1',
        '"tags.1" must be a text of 1 to 255 characters, none of them a control character, not "".',
      ],
    ],
    [
      'settings that are no object',
      { ...BODY, settings: [1] },
      ['#/settings', '"settings" must be a JSON object, not "[1]".'],
    ],
  ];
  for (const [what, body, ...errors] of refusals) {
    it(`says where a body has ${what}`, async () => {
      const { status, type, json } = await daemon.ask('POST', SCHEDULES, body);
      expect([status, type]).to.deep.equal([400, 'application/problem+json']);
      expect(json).to.deep.equal({
        ...{ type: 'about:blank', title: 'Bad Request', status: 400 },
        detail: errors.map(([, detail]) => detail).join(' '),
        errors: errors.map(([pointer, detail]) => ({ pointer, detail })),
      });
    });
  }

  it('refuses a field that there is not, by its name', async () => {
    for (const name of ['overlapp', '__proto__', 'constructor', 'a~b']) {
      const text = JSON.stringify(BODY).replace('{', `{${JSON.stringify(name)}: {"x": 1},`);
      const { status, json } = await daemon.ask('POST', SCHEDULES, text);
      expect(status).to.equal(400);
      expect(json.errors).to.have.length(1);
      expect(json.errors[0]!.pointer).to.equal(`#/${name.replace('~', '~0')}`);
      expect(json.errors[0]!.detail).to.contain(
        `There is no field "${name}": use when, project, spider, zone`,
      );
    }
    const moved = await daemon.ask('PATCH', `${SCHEDULES}/any`, { project: 'secret' });
    expect([moved.status, moved.json.errors[0]!.pointer]).to.deep.equal([400, '#/project']);
  });

  it('names the first ten of very many', async () => {
    const fields = Array.from({ length: 50_000 }, (_, n) => [`field${n}`, n]);
    const { status, text, json } = await daemon.ask('POST', SCHEDULES, Object.fromEntries(fields));
    expect([status, json.errors.length]).to.deep.equal([400, 10]);
    expect(text.length).to.be.lessThan(10_000);
  });

  it('refuses a parameter that there is not, that is given twice or that is wrong', async () => {
    for (const [query, parameter, detail] of [
      ['stat=PAUSED', 'stat', 'There is no parameter "stat": use state, project, spider, limit, cursor.'],
      ['limit=1&limit=2', 'limit', 'Parameter "limit" is given twice.'],
      ['limit=0', 'limit', '"limit" must be a whole number from 1 to 1000, not "0".'],
      ['limit=1001', 'limit', '"limit" must be a whole number from 1 to 1000, not "1001".'],
      ['limit=', 'limit', '"limit" must be a whole number from 1 to 1000, not "".'],
      ['cursor=mine', 'cursor', '"cursor" must be the next_cursor of a page before, not "mine".'],
    ]) {
      const { status, json } = await daemon.get(`${SCHEDULES}?${String(query)}`);
      expect([status, json.errors], query).to.deep.equal([400, [{ parameter, detail }]]);
    }
    const { status, json } = await daemon.get(`${SCHEDULES}?state=PAUSED&state=paused`);
    expect([status, json.errors[0]!.parameter]).to.deep.equal([400, 'state']);
    expect(json.detail).to.match(/^"state" must be one of SCHEDULED, PAUSED, .* not "paused"\.$/);
    const post = await daemon.ask('POST', `${SCHEDULES}?when=now`, BODY);
    expect([post.status, post.json.errors[0]!.parameter]).to.deep.equal([400, 'when']);
  });

  it('passes on what the core says, with its suggestion', async () => {
    const { status, json } = await daemon.ask('POST', SCHEDULES, { ...BODY, when: 'every blue moon' });
    expect([status, json.title]).to.deep.equal([400, 'Bad Request']);
    expect(json.detail).to.contain('"every blue moon"');
    expect(json).to.not.have.property('errors');
    const now = await daemon.ask('POST', SCHEDULES, { ...BODY, when: 'now' });
    expect([now.status, now.json.detail]).to.deep.equal([
      400,
      '"now" is no schedule: run the spider once instead, or give a spec such as "every day at 10:30".',
    ]);
    const spider = await daemon.ask('POST', SCHEDULES, { ...BODY, spider: 'nobody' });
    expect([spider.status, spider.type]).to.deep.equal([404, 'application/problem+json']);
  });

  it('takes JSON only, and says what is wrong with it', async () => {
    const send = async (body: string, type: string) => {
      const headers = { 'content-type': type };
      const { status, json } = await daemon.ask('POST', SCHEDULES, body, { headers });
      return [status, json.detail];
    };
    expect(await send('when=now', 'application/x-www-form-urlencoded')).to.deep.equal([
      415,
      'Content-Type "application/x-www-form-urlencoded" is not understood: send the body as application/json.',
    ]);
    expect((await send('{}', 'application/jsonlines'))[0]).to.equal(415);
    expect((await send(JSON.stringify(BODY), 'Application/JSON; charset=utf-8'))[0]).to.equal(201);
    expect(await send('{"when": ', 'application/json')).to.satisfy(
      ([status, detail]: [number, string]) => status === 400 && detail.startsWith('This is not valid JSON'),
    );
    expect(await send('[1]', 'application/json')).to.deep.equal([
      400,
      'The body must be a JSON object, not "[1]".',
    ]);
    expect(await send('1.0', 'application/json')).to.deep.equal([
      400,
      'The body must be a JSON object, not "1".',
    ]);
    expect(await send(`"${'x'.repeat(1024 * 1024)}"`, 'application/json')).to.deep.equal([
      413,
      'The body is larger than the limit of 1 MiB: send less at once.',
    ]);
  });

  it('says which methods there are, and that there is nothing at an address', async () => {
    for (const [method, path, allowed] of [
      ['PUT', SCHEDULES, 'GET, HEAD, POST'],
      ['OPTIONS', SCHEDULES, 'GET, HEAD, POST'],
      ['POST', `${SCHEDULES}/any`, 'GET, HEAD, PATCH, DELETE'],
      ['GET', `${SCHEDULES}/any/run`, 'POST'],
      ['DELETE', `${SCHEDULES}/any/fires`, 'GET, HEAD'],
    ] as const) {
      const { status, type, headers } = await daemon.ask(method, path);
      expect([status, type, headers.get('allow')]).to.deep.equal([405, 'application/problem+json', allowed]);
    }
    for (const path of ['/api/v1', '/api/v1/', '/api/v1/nothing', `${SCHEDULES}/`, `${SCHEDULES}/a/b/c`]) {
      const { status, type, json } = await daemon.get(path);
      expect([status, type]).to.deep.equal([404, 'application/problem+json']);
      expect(json).to.include({ status: 404, title: 'Not Found', detail: `There is nothing at "${path}".` });
    }
  });

  it('answers HEAD as GET, without the body', async () => {
    const head = await daemon.ask('HEAD', SCHEDULES);
    const get = await daemon.get(SCHEDULES);
    expect([head.status, head.text]).to.deep.equal([200, '']);
    expect(head.headers.get('content-length')).to.equal(String(Buffer.byteLength(get.text)));
  });

  it('tells of refusals at the door in the same form', async () => {
    const foreign = await daemon.ask('GET', SCHEDULES, undefined, { headers: { host: 'evil.example' } });
    expect([foreign.status, foreign.type]).to.deep.equal([403, 'application/problem+json']);
    expect(foreign.json.detail).to.contain('"evil.example"');
  });

  it('names addresses as they are outside, behind a proxy', async () => {
    const { headers } = await daemon.ask('POST', SCHEDULES, BODY, {
      headers: { 'x-forwarded-prefix': '/spiders' },
    });
    expect(headers.get('location')).to.match(/^\/spiders\/api\/v1\/schedules\/[-0-9a-f]{36}$/);
  });
});

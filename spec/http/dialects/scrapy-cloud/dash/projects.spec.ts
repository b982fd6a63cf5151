import { expect } from 'chai';
import { send } from '../../../../support/send.ts';
import { aCloud, type Cloud } from '../a-cloud.ts';

describe('the projects and spiders of the dashboard of Scrapy Cloud', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await aCloud();
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  const patch = (path: string, body: string) => send(cloud.url, `/api/v2/${path}`, { method: 'PATCH', body });

  it('are listed by their ids, as far as they are for whoever asks', async () => {
    const path = '/api/scrapyd/listprojects.json';
    expect((await cloud.get(path)).text).to.equal('{"status":"ok","projects":[200,123],"held":[200]}\n');
    cloud.asks.access = { who: { kind: 'key', name: 'k' }, readOnly: true, projects: ['quotes'] };
    expect((await cloud.get(path)).body).to.deep.equal({ status: 'ok', projects: [123] });
  });

  it('have the spiders of their code, and where they are held also those with only a number', async () => {
    const spiders = async (query: string) => {
      const { body } = await cloud.get(`/api/spiders/list.json?project=${query}`);
      return (body as { spiders: object[] }).spiders;
    };
    cloud.store.numberSpider('quotes', 'gone');
    cloud.store.setSpiderTags('quotes', 'xpath', ['b', 'a']);
    const [css, xpath] = [
      { id: 'css', tags: [], type: 'manual', version: '1' },
      { id: 'xpath', tags: ['b', 'a'], type: 'manual', version: '1' },
    ];
    expect(await spiders('123')).to.deep.equal([css, xpath]);
    expect(await spiders('123&spider=xpath')).to.deep.equal([xpath]);
    expect(await spiders('123&spider=xpath&spider=css')).to.deep.equal([css, xpath]);
    expect(await spiders('123&spider=gone')).to.deep.equal([]);
    expect(await spiders('200')).to.deep.equal([]);
    cloud.store.numberSpider('elsewhere', 'outside');
    expect(await spiders('200')).to.deep.equal([{ id: 'outside', tags: [], type: 'manual', version: null }]);
    cloud.store.setHeld('elsewhere', false);
    expect(await spiders('200')).to.deep.equal([]);
  });

  it('say who asks', async () => {
    cloud.asks.access = { who: { kind: 'key', name: 'ci' }, readOnly: true, projects: [] };
    expect((await cloud.get('/api/v2/users/me')).body).to.deep.equal({ status: 'ok', username: 'ci' });
  });

  it('show a spider by its number, and change its tags', async () => {
    const path = 'projects/123/spiders/1';
    expect((await patch(`${path}/tags`, '{"add": ["new1", "new2"]}')).status).to.equal(200);
    const { body } = await patch(`${path}/tags`, '{"add": ["new2", "new3"], "remove": ["new1", "none"]}');
    const shown = { id: 1, name: 'css', tags: ['new2', 'new3'], type: 'manual', version: '1' };
    expect(body).to.deep.equal(shown);
    expect((await cloud.get(`/api/v2/${path}`)).body).to.deep.equal(shown);
    expect(cloud.changes.map(({ action, outcome }) => `${action} ${outcome}`)).to.deep.equal(
      Array(2).fill('tag spider done'),
    );
  });

  it('refuse a change of tags that is none, or wrong', async () => {
    for (const body of [
      ...['', '{}', '{"add": [], "remove": []}', '{"other": ["a"]}', '[]', '1', '{', '{"add": "a"}'],
      ...['{"add": [1]}', '{"remove": {}}', `{"add": ["${'x'.repeat(256)}"]}`, '{"add": ["a\\u0000"]}'],
    ]) {
      const answer = await patch('projects/123/spiders/1/tags', body);
      expect(answer.status, body).to.equal(400);
      expect(answer.body).to.have.keys('non_field_errors');
      expect((answer.body as { non_field_errors: string[] }).non_field_errors[0]).to.match(/^[A-Z"].*\.$/);
    }
    expect(cloud.store.spiderEntries('quotes')[0]?.tags).to.deep.equal([]);
    for (const path of ['projects/123/spiders/9', 'projects/9/spiders/1', 'projects/123/spiders/01']) {
      expect((await cloud.get(`/api/v2/${path}`)).status).to.equal(404);
      expect((await patch(`${path}/tags`, '{"add": ["a"]}')).status).to.equal(404);
    }
    cloud.asks.access = { who: { kind: 'key', name: 'k' }, readOnly: true, projects: null };
    expect((await patch('projects/123/spiders/1/tags', '{"add": ["a"]}')).status).to.equal(403);
  });

  it('have nothing else, and tell so as clients expect it', async () => {
    for (const path of [
      '/api/',
      '/api/run',
      '/api/eggs/list.json',
      '/api/run.json/',
      '/api/v2/',
      '/api/v3/x',
    ]) {
      const { status, body } = await cloud.get(path);
      expect([status, body]).to.deep.equal([
        404,
        { status: 'error', message: `There is nothing at "${path}".` },
      ]);
    }
    for (const [path, allowed, methods] of [
      ['/api/run.json', 'POST', ['GET', 'PUT', 'DELETE']],
      ['/api/jobs/list.jl', 'GET, HEAD', ['POST', 'PATCH']],
      ['/api/v2/projects/123/spiders/1', 'GET, HEAD', ['POST']],
      ['/api/v2/projects/123/spiders/1/tags', 'PATCH', ['GET', 'POST']],
    ] as const) {
      for (const method of methods) {
        const { status, headers, body } = await send(cloud.url, path, { method });
        expect([status, headers.get('allow'), body]).to.deep.equal([
          ...[405, allowed],
          { status: 'error', message: `Method "${method}" is not allowed for "${path}": use ${allowed}.` },
        ]);
      }
    }
    const { status, text } = await send(cloud.url, '/api/jobs/list.json?project=123', { method: 'HEAD' });
    expect([status, text]).to.deep.equal([200, '']);
  });
});

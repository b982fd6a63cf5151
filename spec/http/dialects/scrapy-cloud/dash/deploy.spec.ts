import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { UserError } from '../../../../../src/errors.ts';
import type { NamedPush } from '../../../../../src/projects/project-service.ts';
import type { Version } from '../../../../../src/projects/project.ts';
import { aVersion } from '../../../../support/samples.ts';
import { multipart, send } from '../../../../support/send.ts';
import { until } from '../../../serve.ts';
import { aCloud, type Cloud } from '../a-cloud.ts';

const PATH = '/api/scrapyd/addversion.json';

describe('addversion.json of Scrapy Cloud', () => {
  let cloud: Cloud;
  /** The push that is going on: what it was given, and how the spec ends it. */
  let pushes: (NamedPush & { egg: string; brought: string | null; done: PromiseWithResolvers<Version> })[];
  beforeEach(async () => {
    pushes = [];
    cloud = await aCloud({
      push: (archive, as) => {
        const brought = as?.requirements === undefined ? null : readFileSync(as.requirements, 'utf8');
        const done = Promise.withResolvers<Version>();
        pushes.push({ ...as!, egg: readFileSync(archive, 'utf8'), brought, done });
        return done.promise;
      },
    });
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  const version = (): Version => ({ ...aVersion(), id: 2, projectId: 123, name: '1.0', named: true });
  const deploy = (fields: Record<string, string>) =>
    send(cloud.url, PATH, { method: 'POST', ...multipart({ project: '123', version: '1.0', ...fields }) });
  /** A deploy whose answer is read as it comes. */
  const follow = async () => {
    const { headers, body } = multipart({ project: '123', version: '1.0', egg: 'PK', requirements: 'six' });
    const asked = request(cloud.url + PATH, { method: 'POST', headers });
    asked.on('error', () => undefined);
    asked.end(body);
    await until(() => pushes.length === 1);
    return asked;
  };
  const responseOf = async (asked: ClientRequest) => {
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return response.setEncoding('utf8');
  };
  const isClean = () => until(() => readdirSync(cloud.uploads).length === 0);

  it('answers with one line of JSON where nothing is to be built', async () => {
    const answer = deploy({ egg: 'PK', stack: 'scrapy:2.11' });
    await until(() => pushes.length === 1);
    const { egg, brought, project, version: name, current, done } = pushes[0]!;
    expect({ egg, brought, project, name, current }).to.deep.equal({
      ...{ egg: 'PK', brought: null, project: 'quotes', name: '1.0', current: true },
    });
    done.resolve(version());
    const { status, text, headers } = await answer;
    expect(status).to.equal(200);
    expect(text).to.equal('{"status":"ok","project":123,"version":"1.0","spiders":2}\n');
    expect(headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(cloud.changes).to.deep.equal([{ action: 'push', object: 'quotes 1.0', outcome: 'done' }]);
    await isClean();
  });

  it('tells what the build prints while it goes on, and in its last line how it ended', async () => {
    for (const ends of ['well', 'badly'] as const) {
      pushes = [];
      const asked = await follow();
      const { onBuildLine, brought, done } = pushes[0]!;
      expect(brought).to.equal('six');
      onBuildLine?.('Collecting six é');
      const response = await responseOf(asked);
      expect(response.statusCode).to.equal(200);
      expect(response.headers).to.include({
        ...{ 'content-type': 'text/plain; charset=utf-8', 'x-accel-buffering': 'no' },
      });
      const [first] = (await once(response, 'data')) as [string];
      expect(first).to.equal('Collecting six é\n');
      const second = once(response, 'data');
      onBuildLine?.('Installing');
      expect(await second).to.deep.equal(['Installing\n']);
      const [last, end] = [once(response, 'data'), once(response, 'end')];
      if (ends === 'well') done.resolve(version());
      else done.reject(new UserError('invalid', 'It has\nno wheel.'));
      expect(await last).to.deep.equal([
        ends === 'well'
          ? '{"status":"ok","project":123,"version":"1.0","spiders":2}\n'
          : '{"status":"error","message":"It has\\nno wheel."}\n',
      ]);
      await end;
      await isClean();
    }
  });

  it('goes on when the client goes away', async () => {
    const asked = await follow();
    const { onBuildLine, done } = pushes[0]!;
    onBuildLine?.('one');
    const response = await responseOf(asked);
    const broken = once(response, 'error');
    asked.destroy();
    await broken;
    for (let line = 0; line < 100; line++) onBuildLine?.('x'.repeat(10_000));
    expect(cloud.changes).to.deep.equal([]);
    done.resolve(version());
    await until(() => cloud.changes.length === 1);
    expect(cloud.changes[0]).to.include({ outcome: 'done' });
    await isClean();
    expect((await cloud.get('/api/scrapyd/listprojects.json')).status).to.equal(200);
  });

  it('keeps the end for a reader who is slow, and leaves out lines that would fill the memory', async () => {
    const asked = await follow();
    const { onBuildLine, done } = pushes[0]!;
    for (let line = 0; line < 200; line++) onBuildLine?.('x'.repeat(100_000));
    done.resolve(version());
    const response = await responseOf(asked);
    let text = '';
    for await (const chunk of response as AsyncIterable<string>) text += chunk;
    expect(text.trimEnd().split('\n').at(-1)).to.contain('"status":"ok"');
    expect(text.length).to.be.below(10_000_000);
  });

  it('says by its status what is refused before anything is built', async () => {
    for (const [fields, status, message] of [
      [{ project: '9' }, 404, /^There is no project 9: make one by /],
      [{ project: 'quotes' }, 400, /"quotes" is no number/],
      [{ version: '' }, 400, /^Missing parameter "version"\.$/],
      [{ version: 'x'.repeat(101) }, 400, /cannot be the name of a version/],
      [{ version: 'a\nb' }, 400, /cannot be the name of a version/],
      [{ egg: undefined }, 400, /^Missing parameter "egg": send the egg/],
      [{ eggs: 'PK' }, 400, /^Eggs of dependencies are not taken: /],
      [{ egg: 'x'.repeat(1_000_001) }, 413, /^"egg" is larger than the limit/],
    ] as const) {
      const given = Object.entries({ egg: 'PK', ...fields }).filter(([, value]) => value !== undefined);
      const answer = await deploy(Object.fromEntries(given) as Record<string, string>);
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body).to.have.keys('status', 'message').and.include({ status: 'error' });
      expect((answer.body as { message: string }).message).to.match(message);
    }
    const who = { kind: 'key', name: 'reader' } as const;
    cloud.asks.access = { who, readOnly: true, projects: null };
    expect((await deploy({ egg: 'PK' })).status).to.equal(403);
    expect(pushes).to.deep.equal([]);
    await isClean();
  });

  it('says by its status also what the push refuses before it builds', async () => {
    const answer = deploy({ egg: 'no zip' });
    await until(() => pushes.length === 1);
    pushes[0]!.done.reject(new UserError('conflict', 'The spider "css" has schedules.'));
    const { status, body } = await answer;
    expect([status, body]).to.deep.equal([
      ...[400, { status: 'error', message: 'The spider "css" has schedules.' }],
    ]);
  });
});

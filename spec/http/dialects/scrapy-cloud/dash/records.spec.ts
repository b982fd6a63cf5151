import { expect } from 'chai';
import type { Job } from '../../../../../src/jobs/job.ts';
import type { RecordKind } from '../../../../../src/records/record-kind.ts';
import { aRequest } from '../../../../support/samples.ts';
import { aCloud, type Cloud } from '../a-cloud.ts';

describe('the items and logs of the dashboard of Scrapy Cloud', () => {
  let cloud: Cloud;
  let job: Job;
  before(async () => {
    cloud = await aCloud();
    job = cloud.moves.push({ request: aRequest(), meta: {}, stage: 'running', by: 'me' });
    const store = (kind: RecordKind, lines: string[]) =>
      cloud.records.append(job.id, kind, lines, { start: null, now: 1000, writer: 'none' });
    await store('items', ['{"n":0,"é":1.0}', '{"n":12345678901234567890}', '{"n":2}']);
    await store('logs', ['{"time":1,"level":20,"message":"one"}', '{"time":2,"level":40,"message":"two"}']);
  });
  after(() => cloud[Symbol.asyncDispose]());

  const read = async (path: string) => {
    const { status, text } = await cloud.get(
      `/api/${path}${path.includes('?') ? '&' : '?'}project=123&job=${job.key}`,
    );
    expect(status, text).to.equal(200);
    return text;
  };

  it('come as they were kept, without a line for their status', async () => {
    expect(await read('items.jl')).to.equal('{"n":0,"é":1.0}\n{"n":12345678901234567890}\n{"n":2}\n');
    expect(await read('items.jl?offset=1&count=1&meta=_key')).to.equal(
      `{"n":12345678901234567890,"_key":"${job.key}/1"}\n`,
    );
    expect(await read('items.jl?count=-1')).to.equal('{"n":2}\n');
    expect(JSON.parse(await read('items.json?offset=2'))).to.deep.equal([{ n: 2 }]);
    expect(await read('items.csv?fields=n,%C3%A9')).to.equal('0,1.0\r\n12345678901234567890,\r\n2,\r\n');
    expect(await read('log.jl')).to.equal(
      '{"logLevel":20,"message":"one","time":1}\n{"logLevel":40,"message":"two","time":2}\n',
    );
    expect(JSON.parse(await read('log.json?level=ERROR'))).to.have.length(1);
    expect(await read('log.txt?level=30')).to.match(/ERROR two\n$/);
  });

  it('are refused in words', async () => {
    for (const [query, status, message] of [
      ['job=123/1/1', 400, 'Missing parameter "project".'],
      ['project=123', 400, 'Missing parameter "job".'],
      ['project=123&job=1', 400, '"1" is no job: give its three numbers, such as "123/1/1".'],
      ['project=200&job=123/1/1', 400, 'The job "123/1/1" is not one of project 200.'],
      ['project=123&job=123/9/9', 404, 'There is no job "123/9/9".'],
      [
        `project=123&job=123/1/1&offset=-1`,
        400,
        'Parameter "offset" must be a whole number from 0, not "-1".',
      ],
    ] as const) {
      for (const path of ['items.jl', 'log.json']) {
        const answer = await cloud.get(`/api/${path}?${query}`);
        expect([answer.status, answer.body]).to.deep.equal([status, { status: 'error', message }]);
      }
    }
    const { body } = await cloud.get(`/api/log.jl?project=123&job=${job.key}&level=LOUD`);
    expect((body as { message: string }).message).to.match(/^"LOUD" is no level of a log: use DEBUG, /);
  });
});

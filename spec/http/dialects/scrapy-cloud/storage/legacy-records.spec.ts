import { expect } from 'chai';
import type { Response } from 'express';
import { sendItems, sendLog } from '../../../../../src/http/dialects/scrapy-cloud/storage/legacy-records.ts';
import { serve } from '../../../serve.ts';
import { recordSite } from './record-site.ts';

/** What a function answers. */
async function answerOf(send: (res: Response) => Promise<void>): Promise<string> {
  await using server = await serve((_req, res) => {
    void send(res as Response);
  });
  const answer = await fetch(server.url);
  return await answer.text();
}

describe('records in the old API of Scrapy Cloud', () => {
  it('has items from an offset on, or the latest', async () => {
    await using site = await recordSite();
    const job = site.job();
    await site.post(`/items/${job.key}`, '{"n":0}\n{"n":1}\n{"n":2}');
    const items = (page: { offset: number; count: number | null; meta?: string[] }) =>
      answerOf((res) => sendItems(res, site.records, job, { meta: [], ...page }));
    expect(await items({ offset: 0, count: null })).to.equal('{"n":0}\n{"n":1}\n{"n":2}\n');
    expect(await items({ offset: 1, count: 1 })).to.equal('{"n":1}\n');
    expect(await items({ offset: 0, count: -2 })).to.equal('{"n":1}\n{"n":2}\n');
    expect(await items({ offset: 2, count: 5, meta: ['_key'] })).to.equal(`{"n":2,"_key":"${job.key}/2"}\n`);
  });

  it('has log entries with its own names, from a level on', async () => {
    await using site = await recordSite();
    const job = site.job();
    await site.post(
      `/logs/${job.key}`,
      '{"time":1,"level":20,"message":"one"}\n{"time":2,"level":40,"message":"two"}',
    );
    const all = { offset: 0, count: null };
    expect(await answerOf((res) => sendLog(res, site.records, job, { ...all, level: null }))).to.equal(
      '{"logLevel":20,"message":"one","time":1}\n{"logLevel":40,"message":"two","time":2}\n',
    );
    expect(await answerOf((res) => sendLog(res, site.records, job, { ...all, level: 30 }, 'text'))).to.equal(
      '1970-01-01T00:00:00.002Z ERROR two\n',
    );
  });
});

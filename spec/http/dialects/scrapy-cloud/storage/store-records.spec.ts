import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { writerOf } from '../../../../../src/http/dialects/scrapy-cloud/storage/store-records.ts';
import type { Job } from '../../../../../src/jobs/job.ts';
import { recordSite } from './record-site.ts';

describe('storing records in the storage of Scrapy Cloud', () => {
  it('answers nothing, and has them once when they are sent again', async () => {
    await using site = await recordSite();
    const path = `/items/${site.job().key}`;
    for (let turn = 0; turn < 2; turn++) {
      expect(
        await site.post(`${path}?start=0`, gzipSync('{"n":0}\n{"n":1}'), { 'content-encoding': 'gzip' }),
      ).to.deep.equal({ status: 200, text: '' });
    }
    expect((await site.post(path, '{"n":502}', { 'content-range': 'items 502-/*' })).status).to.equal(200);
    expect((await site.post(path, '', { 'content-encoding': 'identity' })).status).to.equal(200);
    expect(await site.text(path)).to.equal('{"n":0}\n{"n":1}\n{"n":502}\n');
  });

  it('refuses what is no record, and stores nothing of it', async () => {
    await using site = await recordSite();
    const { key } = site.job();
    const large = JSON.stringify({ x: 'y'.repeat(1024 * 1024) });
    for (const [path, body, status, sentence, headers] of [
      [`items/${key}`, '{"a":1}\n\n{"a":', 400, 'Line 3: This is not valid JSON', {}],
      [`items/${key}`, '{"a":1}\n[1]', 400, 'Line 2: Each of the items must be a JSON object', {}],
      [`logs/${key}`, '{"a":1}\n"x"', 400, 'Line 2: Each of the logs must be', {}],
      [`samples/${key}`, '{}', 400, 'A sample must be a JSON list', {}],
      [
        `items/${key}`,
        `{"a":1}\n${large}`,
        413,
        'Line 2: The document is larger than the limit of 1 MiB',
        {},
      ],
      [`items/${key}?start=-1`, '{}', 400, 'Parameter "start" is "-1"', {}],
      [`items/${key}?start=99999999999999999999`, '{}', 400, 'Parameter "start"', {}],
      [`items/${key}`, '{}', 400, '"Content-Range" is "bytes 0-9/*"', { 'content-range': 'bytes 0-9/*' }],
      [`items/${key}/5`, '{}', 400, 'Records are stored with a job', {}],
      ['items/1/1', '{}', 400, 'Records are stored with a job', {}],
      ['items/1/1/99', '{}', 404, 'There is no job "1/1/99"', {}],
    ] as const) {
      const answer = await site.post(`/${path}`, body, headers);
      expect(answer.status, path + body.slice(0, 20)).to.equal(status);
      expect((JSON.parse(answer.text) as { message: string }).message).to.include(sentence);
    }
    expect(await site.text(`/items/${key}`)).to.equal('');
    expect(site.failures).to.deep.equal(['/items/1/1/99']);
  });

  it('refuses who may not write', async () => {
    await using site = await recordSite();
    const { key } = site.job();
    site.refuseWrites();
    expect((await site.post(`/items/${key}`, 'not even read')).status).to.equal(403);
  });

  it('leaves the records of a run to its own process', () => {
    const job = { state: 'PENDING', process: null, external: false } as Job;
    const process = { pid: 1, startTime: '1', bootId: '1' };
    expect(writerOf(job, 'items')).to.equal('none');
    expect(writerOf({ ...job, state: 'RUNNING' }, 'items')).to.equal('writes');
    expect(writerOf({ ...job, state: 'RUNNING' }, 'samples')).to.equal('none');
    expect(writerOf({ ...job, state: 'RUNNING', external: true }, 'logs')).to.equal('none');
    expect(writerOf({ ...job, state: 'SUCCESSFUL', process }, 'logs')).to.equal('wrote');
    expect(writerOf({ ...job, state: 'CANCELED' }, 'logs')).to.equal('none');
  });
});

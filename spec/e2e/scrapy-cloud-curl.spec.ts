import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { KEY, ScrapyCloudDaemon } from '../support/scrapy-cloud-daemon.ts';
import { eggOf } from '../support/scrapyd-egg.ts';

/** What stands in each row of a finished job in the documents of the Jobs API. */
const ROW = [
  ...[
    'close_reason',
    'elapsed',
    'errors_count',
    'id',
    'items_scraped',
    'logs',
    'priority',
    'responses_received',
  ],
  ...['spider', 'spider_type', 'started_time', 'state', 'tags', 'updated_time', 'version'],
];

type Row = Record<string, unknown>;

describe("the curl examples of Scrapy Cloud's documents", function () {
  this.timeout(120_000);
  let cloud: ScrapyCloudDaemon;
  before(async () => {
    cloud = await ScrapyCloudDaemon.start(
      { 1: { name: 'trouble' }, 53: { name: 'queue', held: true }, 123: { name: 'jobs', held: true } },
      { args: ['--job-slots', '4'] },
    );
  });
  after(() => cloud[Symbol.asyncDispose]());

  /** Runs a command as it is written, but for the host and the key; gives what it prints. */
  const shell = async (written: string): Promise<string> => {
    const command = written
      .replace(/https:\/\/(app|storage)\.scrapinghub\.com/, cloud.url)
      .replace('-u APIKEY:', `-u ${KEY}:`)
      .replace(/^curl /, 'curl -sS --noproxy "*" ');
    return (await promisify(execFile)('sh', ['-c', command])).stdout;
  };
  const linesOf = async (written: string): Promise<Row[]> =>
    (await shell(written))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is in it is what the specs are about
  const jsonOf = async (written: string): Promise<any> => JSON.parse(await shell(written));
  const idsOf = ({ jobs }: { jobs: Row[] }) => jobs.map(({ id }) => id);
  const createSpider = (project: number, name: string) =>
    cloud.json(`/ids/${project}/spider/${name}?create=1`) as Promise<number>;

  describe('of the Jobs API', () => {
    const LIST = 'https://app.scrapinghub.com/api/jobs/list.json';

    before(async () => {
      expect(await createSpider(123, 'somespider')).to.equal(1);
    });

    it('schedule a job', async () => {
      const answer = await jsonOf(
        `curl -u APIKEY: https://app.scrapinghub.com/api/run.json -d project=123 -d spider=somespider -d units=2 -d add_tag=sometag -d spiderarg1=example -d job_settings='{ "setting1": "value1", "setting2": "value2" }'`,
      );
      expect(answer).to.deep.equal({ status: 'ok', jobid: '123/1/1' });
      expect(await cloud.json('/jobs/123/1/1')).to.deep.include({
        units: 2,
        tags: ['sometag'],
        spider_args: { spiderarg1: 'example' },
        job_settings: { setting1: 'value1', setting2: 'value2' },
      });
    });

    it('list jobs by spider, state and tag, with how many there are in all', async () => {
      for (const each of ['first', 'second', 'third', 'fourth']) {
        await cloud.postLines('/jobq/123/push', { spider: 'somespider', each, priority: 4 });
        const { key } = await cloud.json('/jobq/123/startjob', { method: 'POST' });
        await cloud.postLines(`/items/${key}`, { n: 1 }, { n: 2 });
        const log = [20, 30, 40].map((level) => ({ time: 1, level, message: 'said' }));
        await cloud.postLines(`/logs/${key}`, ...log);
        const request = { url: 'http://a/', status: 200, method: 'GET', rs: 1, duration: 1, time: 1 };
        await cloud.postLines(`/requests/${key}`, request);
        await cloud.postLines('/jobq/123/update', { key, state: 'finished', close_reason: 'finished' });
      }
      await cloud.postLines('/jobq/123/push', {
        spider: 'someotherspider',
        state: 'running',
        tags: ['consumed'],
      });

      const finished: { jobs: Row[] } = await jsonOf(
        `curl -u APIKEY: "${LIST}?project=123&spider=somespider&state=finished&count=3"`,
      );
      expect(finished).to.deep.include({ status: 'ok', count: 3, total: 4 });
      expect(idsOf(finished)).to.deep.equal(['123/1/5', '123/1/4', '123/1/3']);
      for (const row of finished.jobs) {
        expect(row).to.include.all.keys(ROW);
        expect(row).to.deep.include({
          ...{ state: 'finished', close_reason: 'finished', spider: 'somespider', spider_type: 'manual' },
          ...{ items_scraped: 2, logs: 3, errors_count: 1, responses_received: 1, tags: [], priority: 4 },
        });
        for (const time of ['started_time', 'updated_time']) {
          expect(row[time]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
        }
      }

      const running = await jsonOf(`curl -u APIKEY: "${LIST}?project=123&state=running"`);
      expect(running).to.deep.include({ status: 'ok', count: 1, total: 1 });
      expect(running.jobs[0])
        .to.include({ id: '123/2/1', state: 'running' })
        .and.not.to.have.property('close_reason');

      const fresh: { jobs: Row[] } = await jsonOf(`curl -u APIKEY: "${LIST}?project=123&lacks_tag=consumed"`);
      expect(fresh).to.deep.include({ status: 'ok', count: 5, total: 5 });
      const lines = await linesOf(
        `curl -u APIKEY: "${LIST.replace('.json', '.jl')}?project=123&lacks_tag=consumed"`,
      );
      expect(lines.shift()).to.include({ status: 'ok' });
      expect(lines.map(({ id }) => id)).to.deep.equal(idsOf(fresh));
    });

    it('tag, delete and stop jobs', async () => {
      expect(
        await jsonOf(
          'curl -u APIKEY: https://app.scrapinghub.com/api/jobs/update.json -d project=123 -d job=123/1/2 -d add_tag=consumed',
        ),
      ).to.include({ status: 'ok', count: 1 });
      expect(await cloud.json('/jobs/123/1/2/tags')).to.deep.equal(['consumed']);
      expect(
        await jsonOf(
          'curl -u APIKEY: https://app.scrapinghub.com/api/jobs/delete.json -d project=123 -d job=123/1/2 -d job=123/1/3',
        ),
      ).to.include({ status: 'ok', count: 2 });
      expect(await cloud.lines('/items/123/1/2')).to.deep.equal([]);
      expect(await cloud.json('/jobq/123/count?state=deleted')).to.equal(2);
      expect(
        await jsonOf(
          'curl -u APIKEY: https://app.scrapinghub.com/api/jobs/stop.json -d project=123 -d job=123/1/1',
        ),
      ).to.include({ status: 'ok' });
      expect(await cloud.finished('123/1/1')).to.include({ close_reason: 'cancelled' });
    });
  });

  describe('of the JobQ API', () => {
    const COUNT = 'https://storage.scrapinghub.com/jobq/53/count';
    const LIST = 'https://storage.scrapinghub.com/jobq/53/list';

    before(async () => {
      for (let id = 1; id <= 7; id += 1) expect(await createSpider(53, `spider ${id}`)).to.equal(id);
      const job = { spider: 'spider 7', state: 'finished' };
      await cloud.postLines('/jobq/53/push', { ...job, tags: ['tagA'] }, { ...job, tags: ['tagB'] });
    });

    it('count jobs, with any of the tags, and without all of them', async () => {
      expect(await jsonOf(`curl -u APIKEY: "${COUNT}"`)).to.equal(2);
      expect(await jsonOf(`curl -u APIKEY: "${COUNT}?has_tag=tagA&has_tag=tagB"`)).to.equal(2);
      expect(await jsonOf(`curl -u APIKEY: "${COUNT}?lacks_tag=tagA&lacks_tag=tagB"`)).to.equal(0);
      expect(await jsonOf(`curl -u APIKEY: ${COUNT}`)).to.equal(2);
    });

    it('list jobs, the most recent first, all or those since one', async () => {
      const job = { spider: 'spider 7', state: 'finished' };
      await cloud.postLines('/jobq/53/push', ...Array<Row>(81).fill(job));
      const all = await linesOf(`curl -u APIKEY: ${LIST}`);
      expect(all.map(({ key }) => key)).to.deep.equal(Array.from({ length: 83 }, (_, n) => `53/7/${83 - n}`));
      expect(all[0]!.ts).to.be.closeTo(Date.now(), 60_000);
      const since = await linesOf(`curl -u APIKEY: "${LIST}?stop=53/7/81"`);
      expect(since.map(({ key }) => key)).to.deep.equal(['53/7/83', '53/7/82']);
    });

    it('list jobs that finished between two instants, the first included', async () => {
      expect(await shell(`curl -u APIKEY: "${LIST}?startts=1359774955431&endts=1359774955440"`)).to.equal('');
      const [newest] = await linesOf(`curl -u APIKEY: "${LIST}?count=1"`);
      const ts = newest!.ts as number;
      const keysOf = async (from: number, to: number) =>
        (await linesOf(`curl -u APIKEY: "${LIST}?startts=${from}&endts=${to}"`)).map(({ key }) => key);
      expect(await keysOf(ts, ts + 1))
        .to.include('53/7/83')
        .and.not.to.include('53/7/1');
      expect(await keysOf(ts + 1, ts + 2)).to.deep.equal([]);
    });
  });

  describe('of job metadata', () => {
    before(async () => {
      await createSpider(1, 'other');
      expect(await createSpider(1, 'fine')).to.equal(2);
      const form = new FormData();
      form.set('project', '1');
      form.set('version', '6d32f52-master');
      form.set('egg', new Blob([new Uint8Array(eggOf('trouble'))]), 'trouble.egg');
      const deployed = await cloud.fetch('/api/scrapyd/addversion.json', { method: 'POST', body: form });
      expect(deployed.status, await deployed.text()).to.equal(200);
      const job = { spider: 'fine', state: 'finished' };
      await cloud.postLines('/jobq/1/push', job, job);
      const asked = { project: '1', spider: 'fine', units: '2', arg1: 'val1', arg2: 'val2', add_tag: 'tag1' };
      const body = new URLSearchParams(asked);
      body.append('add_tag', 'tag2');
      expect(await cloud.json('/api/run.json', { method: 'POST', body })).to.deep.equal({
        status: 'ok',
        jobid: '1/2/3',
      });
      await cloud.finished('1/2/3');
    });

    it('show all that is known of a job that ran, as the documents do', async () => {
      const text = await shell('curl -u APIKEY: https://storage.scrapinghub.com/jobs/1/2/3');
      const job = JSON.parse(text) as Row & { scrapystats: Row };
      expect(job).to.deep.include({
        ...{ close_reason: 'finished', priority: 2, project: 1, spider: 'fine', spider_type: 'manual' },
        ...{
          spider_args: { arg1: 'val1', arg2: 'val2' },
          state: 'finished',
          tags: ['tag1', 'tag2'],
          units: 2,
        },
        version: '6d32f52-master',
      });
      expect(job).to.include.all.keys('completed_by', 'scheduled_by', 'started_by', 'deploy_id');
      const times = [job.pending_time, job.running_time, job.finished_time] as number[];
      expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
      expect(times[0]).to.be.closeTo(Date.now(), 60_000);
      const { scrapystats } = job;
      expect(scrapystats).to.include({ finish_reason: 'finished', item_scraped_count: 1 });
      expect(scrapystats.start_time).to.be.closeTo(Date.now(), 60_000);
      expect(text).to.match(/"finish_time": ?\d{13}\.0[,}]/);
    });

    it('show one field of it', async () => {
      expect(await jsonOf('curl -u APIKEY: https://storage.scrapinghub.com/jobs/1/2/3/tags')).to.deep.equal([
        'tag1',
        'tag2',
      ]);
    });
  });
});

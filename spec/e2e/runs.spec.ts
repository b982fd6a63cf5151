import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startSite, type Site } from '../../examples/site.ts';
import { zipProject } from '../../examples/zip-project.ts';
import { TestDaemon } from '../support/daemon.ts';
import { gone } from '../support/processes.ts';
import { WAYS } from '../support/ways.ts';

describe('a run', () => {
  let daemon: TestDaemon;
  let site: Site;
  before(async function () {
    this.timeout(180_000);
    [daemon, site] = await Promise.all([TestDaemon.start(), startSite({ port: 0 })]);
    await daemon.pushProject('trouble');
    await daemon.pushZip(await zipProject(join(import.meta.dirname, '../../examples/quotes')));
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    await site.close();
  });

  const items = (id: string) =>
    readFileSync(join(daemon.data, 'items', `${id}.jl`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const stats = (id: string) =>
    JSON.parse(readFileSync(join(daemon.data, 'stats', `${id}.json`), 'utf8')) as Record<string, unknown>;

  for (const { way, fields } of WAYS) {
    describe(`by ${way}`, () => {
      const schedule = (more: Record<string, string>) => daemon.schedule({ ...fields, ...more });

      it('crawls the site, keeps its items and logs as Scrapy does', async () => {
        const id = await schedule({ project: 'quotes', spider: 'quotes', url: site.url });
        expect(await daemon.over(id)).to.include({
          status: 'SUCCESSFUL',
          actor: 'USER',
          schedule: 'now',
          spider: 'quotes',
        });
        const quotes = items(id);
        expect(quotes.length).to.be.greaterThan(10);
        for (const quote of quotes) expect(quote).to.include.all.keys('text', 'author', 'tags');
        const log = await daemon.log(id, 'err');
        expect(log)
          .to.contain(`'item_scraped_count': ${quotes.length}`)
          .and.to.contain('Spider closed (finished)');
        expect(stats(id)).to.deep.include({ close_reason: 'finished' });
      });

      it('gets its arguments, settings and variables', async () => {
        const id = await schedule({
          spider: 'fine',
          x: 'a=b',
          arg: 'when=é "q" 🕷',
          setting: 'LOG_LEVEL=DEBUG',
          payload: '{"n": 12345678901234567890}',
        });
        expect(await daemon.over(id)).to.include({
          status: 'SUCCESSFUL',
          payload: '{"n": 12345678901234567890}',
        });
        const out = await daemon.log(id, 'out');
        expect(out).to.contain(`('payload', '{"n": 12345678901234567890}')`);
        expect(out).to.contain(`('when', 'é "q" 🕷')`).and.to.contain(`('x', 'a=b')`);
        const err = await daemon.log(id, 'err');
        expect(err).to.contain('to stderr').and.to.contain('DEBUG');
        expect(items(id)).to.have.length(1);
      });

      it('gets no argument payload when that is {}', async () => {
        const id = await schedule({ spider: 'fine', payload: ' {} ' });
        expect(await daemon.over(id)).to.include({ payload: '{}' });
        expect(await daemon.log(id, 'out')).to.contain('arguments []');
      });

      it('keeps no items when the request says so', async () => {
        const id = await schedule({ spider: 'fine', capture: 'no' });
        await daemon.over(id);
        expect(existsSync(join(daemon.data, 'items', `${id}.jl`))).to.equal(false);
      });

      it('is FAILED with its traceback in .err when the spider raises', async () => {
        const id = await schedule({ spider: 'failing' });
        expect(await daemon.over(id)).to.include({ status: 'FAILED' });
        const log = await daemon.log(id, 'err');
        expect(log).to.contain('Traceback').and.to.contain('RuntimeError: this spider always fails');
      });

      it('that wrote nothing has empty logs', async () => {
        const id = await schedule({ spider: 'silent', setting: 'LOG_ENABLED=False' });
        expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
        for (const stream of ['out', 'err'] as const) {
          const { status, text } = await daemon.get(`/get-log/data/${id}.${stream}`);
          expect({ status, text }).to.deep.equal({ status: 200, text: '' });
        }
      });

      it('shows its output as it grows, whatever folder is named, and ends the reply with the job', async () => {
        const gate = join(daemon.data, `gate-${fields.fork}`);
        const id = await schedule({ spider: 'lines', count: '3', gate });
        const whole = daemon.get(`/get-log/any%20folder/${id}.out`);
        expect(await daemon.seen(id, 'out', 'line 2')).to.not.contain('last line');
        expect(await daemon.job(id)).to.include({ status: 'RUNNING', duration: null });

        const now = await daemon.get(`/get-log/data/${id}.out`, { headers: { range: 'bytes=7-' } });
        expect({ status: now.status, text: now.text }).to.deep.equal({
          status: 206,
          text: 'line 1\nline 2\n',
        });
        const head = await daemon.get(`/get-log/data/${id}.out`, { method: 'HEAD' });
        expect(head.headers.get('content-length')).to.equal('21');

        writeFileSync(gate, '');
        expect((await whole).text).to.equal('line 0\nline 1\nline 2\nlast line\n');
        expect(await daemon.over(id)).to.include({ status: 'SUCCESSFUL' });
      });

      it('closes well when it is canceled; the answer comes when it is over', async () => {
        const id = await schedule({ spider: 'crawling', url: `${site.url}?delay=20` });
        await daemon.seen(id, 'out', 'page');
        const { status, body } = await daemon.post('/cancel-job.json', { id });
        expect({ status, body: body as unknown }).to.deep.equal({ status: 200, body: { status: 'ok' } });
        const job = await daemon.job(id);
        expect(job).to.include({ status: 'CANCELED' });
        expect(job.duration).to.be.a('number');
        expect(await daemon.log(id, 'err')).to.contain('Spider closed (shutdown)');
        const again = await daemon.post('/cancel-job.json', { id });
        expect(again.status).to.equal(400);
        expect(again.body).to.have.property('msg').that.contains('is not active');
      });

      it('takes what it started with it when it is canceled', async () => {
        const id = await schedule({ spider: 'leaving' });
        const [, child = ''] = /child (\d+)/.exec(await daemon.seen(id, 'out', '\n')) ?? [];
        await daemon.post('/cancel-job.json', { id });
        expect(await daemon.log(id, 'err')).to.contain('Spider closed (shutdown)');
        await gone(Number(child));
      });

      it('leaves no working folder behind', async () => {
        const id = await schedule({ spider: 'fine' });
        await daemon.over(id);
        expect(readdirSync(join(daemon.data, 'runs'))).to.not.include(id);
      });
    });
  }

  it('is killed with everything it started when it does not close in time, started either way', async function () {
    this.timeout(30_000);
    const hanging = async (fields: Record<string, string>) => {
      const id = await daemon.schedule({ ...fields, spider: 'hanging' });
      const pids = /pids (\d+) (\d+)/.exec(await daemon.seen(id, 'out', '\n'))?.slice(1) ?? [];
      expect(pids).to.have.length(2);
      const startedAt = performance.now();
      await daemon.post('/cancel-job.json', { id });
      expect(performance.now() - startedAt).to.be.within(9_900, 15_000);
      expect(await daemon.job(id)).to.include({ status: 'CANCELED' });
      await Promise.all(pids.map(Number).map(gone));
    };
    await Promise.all(WAYS.map(({ fields }) => hanging(fields)));
  });
});

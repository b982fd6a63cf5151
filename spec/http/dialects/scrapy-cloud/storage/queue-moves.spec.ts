import { expect } from 'chai';
import { aHeldCloud, START, type HeldCloud } from '../a-held-cloud.ts';

describe('the queue of a project in the storage of Scrapy Cloud, for workers', () => {
  let site: HeldCloud;
  beforeEach(async () => {
    site = await aHeldCloud();
  });
  afterEach(() => site[Symbol.asyncDispose]());

  const meta = async (key: string) => (await site.lines(`/jobs/${key}`))[0] ?? {};
  const stateOf = async (key: string) => (await meta(key)).state;

  describe('takes jobs that are pushed', () => {
    it('one a line, of spiders that have no code too, and keeps what is said of them', async () => {
      const lines = [
        { spider: 'css', priority: 4, units: 3, tags: ['a', 'b'], foo: [1, null, { x: [] }], nil: null },
        { spider: 'nobody', state: 'running', spider_args: { n: 1, t: 'x' }, environment: { E: 'v' } },
      ].map((line) => JSON.stringify(line));
      const answers = await site.lines('/jobq/123/push', lines.join('\n'));
      expect(answers).to.deep.equal([
        { key: '123/1/1', auth: null },
        { key: '123/3/1', auth: site.jobTokens.tokenOf(site.store.jobByKey('123/3/1')!) },
      ]);
      expect(await meta('123/1/1')).to.deep.include({
        ...{ state: 'pending', spider: 'css', priority: 4, units: 3, tags: ['a', 'b'], project: 123 },
        ...{ foo: [1, null, { x: [] }], nil: null },
      });
      const pushed = site.store.jobByKey('123/3/1');
      expect(pushed).to.deep.include({ args: { n: '1', t: 'x' }, env: { E: 'v' }, external: true });
      expect(await meta('123/3/1')).to.deep.include({ state: 'running', environment: { E: 'v' } });
    });

    it('in any state, and moves nothing that is not to be run', async () => {
      const key = await site.push({ state: 'finished', close_reason: 'failed' });
      expect(await meta(key)).to.include({ state: 'finished', close_reason: 'failed' });
      expect(await stateOf(await site.push({ state: 'deleted' }))).to.equal('deleted');
      expect(site.runner.starts).to.deep.equal([]);
    });

    it('once while one that is active has the same unique key', async () => {
      const first = await site.push({ unique: 'h1' });
      const again = { spider: 'css', unique: 'h1', n: 2 };
      expect(await site.lines('/jobq/123/push', again)).to.deep.equal([
        { request: again, error: 'Active job exists with key h1' },
      ]);
      await site.push({ unique: 'h2' });
      for (let index = 0; index < 2; index++) await site.push({ unique: null });
      await site.update({ key: first, state: 'finished' });
      expect(await site.push({ unique: 'h1' })).to.equal('123/1/5');
    });

    it('all of them or none, where one is wrong', async () => {
      const good = JSON.stringify({ spider: 'css' });
      for (const [bad, message] of [
        ['{"spider": 5}', 'Missing "spider"'],
        ['[1]', 'Line 2 must be a JSON object'],
        ['{"spider": "css", "state": "done"}', 'There is no state "done"'],
        ['{"spider": "css", "priority": 5}', '"priority" must be a whole number from 0 to 4, not "5"'],
        ['{"spider": "css", "tags": "a"}', '"tags" must be a list of texts, not "a"'],
        ['{"spider": "a\\u0000b"}', 'cannot be the name of a spider'],
        ['{"spider": "css", ', 'This is not valid JSON'],
        [`{"spider": "css", "close_reason": "${'x'.repeat(256)}"}`, 'up to 255 characters'],
      ] as const) {
        const [status, words] = await site.refusal('/jobq/123/push', `${good}\n${bad}`);
        expect([status, bad]).to.deep.equal([400, bad]);
        expect(words).to.contain(message);
      }
      const huge = JSON.stringify({ spider: 'css', x: 'x'.repeat(1_100_000) });
      expect((await site.refusal('/jobq/123/push', `${good}\n${huge}`))[0]).to.equal(413);
      expect(await site.lines('/jobq/123/count?state=pending')).to.deep.equal([0]);
    });
  });

  describe('hands out jobs', () => {
    it('by priority, then as they came, with all that is known of them', async () => {
      const [low, high, next] = [
        await site.push({ foo: 1 }),
        await site.push({ priority: 3, spider: 'xpath', tags: ['t'] }),
        await site.push({ priority: 3 }),
      ];
      const [job] = await site.lines('/jobq/123/startjob', { worker: 'w1', float: 1.5 });
      expect(job).to.deep.include({
        ...{
          key: high,
          spider: 'xpath',
          state: 'running',
          priority: 3,
          tags: ['t'],
          worker: 'w1',
          float: 1.5,
        },
        ...{ pending_time: START + 20, started_by: 'anybody' },
        auth: site.jobTokens.tokenOf(site.store.jobByKey(high)!),
      });
      expect((await site.lines('/jobq/123/startjob', ''))[0]).to.include({ key: next });
      expect((await site.lines('/jobq/123/startjob', {}))[0]).to.include({ key: low, foo: 1 });
      expect(await site.lines('/jobq/123/startjob', {})).to.deep.equal([]);
    });
  });

  describe('moves jobs on', () => {
    it('in the order of the lines, and tells in what state they were', async () => {
      const [a, b] = [await site.push(), await site.push({ state: 'running' })];
      const lines = [
        { key: b, state: 'finished', items: 5 },
        { key: '123/1/99', state: 'finished' },
        { key: a, state: 'running' },
        { key: a, foo: 'bar' },
      ];
      const answers = await site.lines(
        '/jobq/123/update',
        lines.map((line) => JSON.stringify(line)).join('\n'),
      );
      expect(answers).to.deep.equal([
        { key: b, prevstate: 'running' },
        { key: a, prevstate: 'pending' },
        { key: a, prevstate: 'running' },
      ]);
      expect(await meta(b)).to.include({ state: 'finished', close_reason: 'no_reason', items: 5 });
      expect(await meta(a)).to.include({ state: 'running', foo: 'bar' });
      expect(await site.update({ key: b, state: 'finished', more: 1 })).to.deep.equal([
        { key: b, prevstate: 'finished' },
      ]);
      expect(await meta(b)).to.include({ more: 1 });
    });

    it('deletes them, with what they left but not what is known of them', async () => {
      const key = await site.push({ foo: 1 });
      await site.update({ key, state: 'deleted', why: 'x', close_reason: 'mine' });
      expect(await meta(key)).to.include({ state: 'deleted', foo: 1, why: 'x', close_reason: 'mine' });
      expect(await site.update({ key, state: 'deleted', why: 'y' })).to.deep.equal([]);
      expect(await site.lines('/jobq/123/count?state=deleted')).to.deep.equal([1]);
    });

    it('takes a spider for all its jobs that are not deleted, however many', async () => {
      const lines = Array.from({ length: 250 }, () => JSON.stringify({ spider: 'css' }));
      await site.lines('/jobq/123/push', lines.join('\n'));
      const [running, other] = [await site.push({ state: 'running' }), await site.push({ spider: 'xpath' })];
      const rows = await site.update({ key: '123/1', state: 'finished' });
      expect(rows).to.have.length(251);
      expect(rows.at(-1)).to.deep.equal({ key: running, prevstate: 'running' });
      expect(await stateOf(other)).to.equal('pending');
      expect(await site.update({ key: '123/1', state: 'deleted' })).to.have.length(251);
      expect(await site.update({ key: '123/1', state: 'deleted' })).to.deep.equal([]);
      expect(await site.update({ key: '123/99', state: 'deleted' })).to.deep.equal([]);
      expect(await site.lines('/jobq/123/count?state=deleted')).to.deep.equal([251]);
    });

    it('quotes of what is wrong no more than its beginning', async () => {
      const long = 'x'.repeat(100_000);
      for (const bad of [
        { key: long },
        { key: '123/1', state: long },
        { key: `9/9/${'9'.repeat(100_000)}` },
      ]) {
        const [status, message] = await site.refusal('/jobq/123/update', bad);
        expect([status, message.length < 400]).to.deep.equal([400, true]);
      }
    });

    it('refuses what makes no sense before anything is moved', async () => {
      const [waits, over] = [await site.push(), await site.push({ state: 'finished' })];
      for (const [bad, status, message] of [
        [{ key: '54/1/1' }, 400, 'The key "54/1/1" is not one of project 123.'],
        [{ key: 'x' }, 400, '"x" is no key'],
        [{ state: 'running' }, 400, 'Missing "key"'],
        [{ key: over, state: 'done' }, 400, 'There is no state "done"'],
        [{ key: over, state: 'running' }, 409, `Job "${over}" is finished and cannot be running again`],
      ] as const) {
        const good = JSON.stringify({ key: waits, state: 'running' });
        const [was, words] = await site.refusal('/jobq/123/update', `${good}\n${JSON.stringify(bad)}`);
        expect([was, bad]).to.deep.equal([status, bad]);
        expect(words).to.contain(message);
      }
      expect(await stateOf(waits)).to.equal('pending');
    });
  });

  describe('cancels jobs', () => {
    it('that wait at once, and asks those who run others elsewhere', async () => {
      const [waits, runs, over] = [
        await site.push(),
        await site.push({ state: 'running' }),
        await site.push({ state: 'finished' }),
      ];
      const keys = [waits, runs, over, '123/1/99'].map((key) => ({ key }));
      expect(await site.lines('/jobq/123/cancel', keys)).to.deep.equal([{ count: 2 }]);
      expect(await meta(waits)).to.include({ state: 'finished', close_reason: 'cancelled' });
      expect(await meta(runs)).to.include({ state: 'running', cancelled_by: 'anybody' });
    });

    it('one by one, too, and those that run here by a signal', async () => {
      site.store.setHeld('quotes', false);
      const key = await site.push();
      await new Promise(setImmediate);
      expect(await site.lines(`/jobq/${key}/cancel`, '')).to.deep.equal([{ count: 1 }]);
      expect(site.runner.signals).to.have.length(1);
      expect(site.runner.signals[0]).to.include({ signal: 'SIGINT' });
      expect(await stateOf(key)).to.equal('running');
      const [status, words] = await site.refusal('/jobq/123/update', { key, state: 'deleted' });
      expect([status, words]).to.deep.equal([
        409,
        `Job "${key}" runs here and cannot be deleted: cancel it first.`,
      ]);
      expect(await site.lines('/jobq/123/1/99/cancel', '')).to.deep.equal([{ count: 0 }]);
    });

    it('by their keys only', async () => {
      expect((await site.refusal('/jobq/123/cancel?count=5', ''))[0]).to.equal(403);
      expect(await site.refusal('/jobq/123/cancel', [{ key: '54/1/1' }])).to.deep.equal([
        400,
        'The key "54/1/1" is not one of project 123.',
      ]);
      expect((await site.refusal('/jobq/123/cancel', ['123/1/1']))[1]).to.contain('must be a list of keys');
    });
  });
});

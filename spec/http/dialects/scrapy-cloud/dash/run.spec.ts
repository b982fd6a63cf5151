import { expect } from 'chai';
import { aCloud, START, type Cloud } from '../a-cloud.ts';

describe('run.json of Scrapy Cloud', () => {
  let cloud: Cloud;
  beforeEach(async () => {
    cloud = await aCloud();
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  const run = (fields: Record<string, string | string[]>) =>
    cloud.post('/api/run.json', { project: '123', spider: 'css', ...fields });
  const made = async (fields: Record<string, string | string[]>) => {
    const { status, text, body } = await run(fields);
    expect(status, text).to.equal(200);
    return cloud.job((body as { jobid: string }).jobid);
  };
  const refused = async (fields: Record<string, string | string[]>) => {
    const before = cloud.store.countJobs({ project: 'quotes' });
    const { status, body } = await run(fields);
    expect(status).to.equal(400);
    expect(body).to.have.keys('status', 'message').and.include({ status: 'error' });
    expect(cloud.store.countJobs({ project: 'quotes' })).to.equal(before);
    return (body as { message: string }).message;
  };

  it('makes a job that runs here, with all that it says', async () => {
    cloud.dispatcher.start([]);
    const { text } = await run({
      ...{ units: '2', priority: '4', add_tag: ['b', 'a', 'b', ''] },
      ...{ job_settings: '{"A": 1, "B": [true, null]}', environment: '{"X": "y", "N": 1.0}' },
      ...{ meta: '{"from": {"a": 12345678901234567890}}', cmd_args: '-L INFO', arg: 'é', other: '' },
    });
    expect(text).to.equal('{"status":"ok","jobid":"123/1/1"}\n');
    const job = cloud.job('123/1/1');
    expect(job).to.deep.include({
      ...{ project: 'quotes', spider: 'css', units: 2, priority: 2, tags: ['b', 'a'], state: 'RUNNING' },
      ...{ settings: { A: 1, B: [true, null] }, env: { X: 'y', N: '1.0' }, external: false },
      args: { arg: 'é', other: '' },
    });
    expect(JSON.stringify(job.meta)).to.equal('{"from":{"a":12345678901234567890}}');
    expect(cloud.runner.starts.map(({ spider }) => spider)).to.deep.equal(['css']);
    expect(cloud.changes).to.deep.equal([{ action: 'schedule', object: 'quotes/css', outcome: 'done' }]);
  });

  it('has the middle priority, one unit and no tags unless it says so, and takes what shub sends for nothing', async () => {
    const job = await made({ meta: '{}', job_settings: '{}', environment: '{}', priority: '2', units: '' });
    expect(job).to.deep.include({
      priority: 0,
      units: 1,
      tags: [],
      settings: {},
      env: {},
      args: {},
      meta: {},
    });
  });

  it('is called schedule.json, too, and finds a spider by its number', async () => {
    const { body } = await cloud.post('/api/schedule.json', { project: '123', jobq_id: '2' });
    expect(body).to.deep.equal({ status: 'ok', jobid: '123/2/1' });
    expect(cloud.job('123/2/1')).to.include({ spider: 'xpath' });
  });

  it('takes the first value of what is given several times, and that of the body before that of the query', async () => {
    const { body } = await cloud.post('/api/run.json?project=9&arg=query', {
      ...{ project: '123', spider: 'css', arg: ['body', 'again'] },
    });
    expect(cloud.job((body as { jobid: string }).jobid).args).to.deep.equal({ arg: 'body' });
  });

  it('is refused for what cannot be, in words, and changes nothing', async () => {
    expect(await refused({ project: 'quotes' })).to.match(/^The project "quotes" is no number/);
    expect(await refused({ project: '' })).to.equal('Missing parameter "project".');
    expect(await refused({ spider: '' })).to.equal('Missing parameter "spider".');
    expect(await refused({ spider: 'nobody' })).to.equal(
      'Project 123 has no spider "nobody": it has "css", "xpath".',
    );
    expect(await refused({ jobq_id: '3' })).to.match(/has no spider "3"/);
    expect(await refused({ version: '2' })).to.equal('Project 123 has no version "2": it has "1".');
    for (const units of ['0', '7', '1.5', 'two', '-1', '9'.repeat(300)]) {
      expect(await refused({ units })).to.match(/^"units" must be a whole number from 1 to 6, not "/);
    }
    for (const priority of ['5', '-1', '2.0', 'high']) {
      expect(await refused({ priority })).to.match(/^"priority" must be a whole number from 0 to 4, not "/);
    }
    for (const name of ['job_settings', 'meta', 'environment']) {
      expect(await refused({ [name]: '{' })).to.match(new RegExp(`"${name}" must be a JSON object, not "{"`));
      for (const json of ['[]', '1', '1.0', '"x"']) {
        expect(await refused({ [name]: json })).to.match(new RegExp(`"${name}" must be a JSON object`));
      }
    }
    expect(await refused({ environment: '{"A": null}' })).to.match(/The variable "A" of "environment"/);
    expect(await refused({ environment: '{"A": "\\u0000"}' })).to.match(/The variable "A" of "environment"/);
    expect(await refused({ environment: '{"A=B": "x"}' })).to.match(
      /"A=B" is no name of an environment variable/,
    );
    expect(await refused({ meta: '{"state": "done"}' })).to.match(
      /"state" in "meta" must be one of pending, /,
    );
    expect(await refused({ meta: '{"tags": "a"}' })).to.match(/"tags"/);
    expect(await refused({ meta: '{"close_reason": 1}' })).to.match(/"close_reason"/);
    expect(await refused({ add_tag: 'x'.repeat(256) })).to.match(/cannot be a tag/);
    expect(await refused({ '': 'x' })).to.equal('A parameter has no name: a spider argument needs one.');
    expect(await refused({ units: '3' })).to.match(/asks for "3" units, but this daemon has 2 job slots/);
    const { status, body } = await cloud.post('/api/run.json', { project: '9', spider: 'css' });
    expect([status, body]).to.deep.equal([
      404,
      {
        status: 'error',
        message: 'There is no project 9: make one by "orbweaver project create NAME --id 9".',
      },
    ]);
  });

  it('is refused for a spider with the same arguments that waits or runs, and not for one that is over', async () => {
    const { key } = await made({ a: '1', b: '2' });
    expect(await refused({ b: '2', a: '1', add_tag: 'x', priority: '4' })).to.equal('css already scheduled');
    await made({ a: '1' });
    await made({ a: '1', b: '2', spider: 'xpath' });
    cloud.dispatcher.start([]);
    expect(cloud.job(key).state).to.equal('RUNNING');
    expect(await refused({ a: '1', b: '2' })).to.equal('css already scheduled');
    cloud.end(key);
    expect((await made({ a: '1', b: '2' })).key).to.equal('123/1/3');
  });

  it('begins in the state that its meta say, and keeps their other fields', async () => {
    const meta = '{"state": "running", "tags": ["t"], "x": 1, "auth": "no", "_key": "no", "project": 9}';
    const running = await made({ meta, add_tag: 's', sub: '1' });
    expect(running).to.deep.include({ state: 'RUNNING', external: true, tags: ['s', 't'], meta: { x: 1 } });
    const failed = await made({ meta: '{"state": "finished", "close_reason": "failed"}', sub: '2' });
    expect(failed).to.deep.include({ closeReason: 'failed', meta: {} });
    expect(failed.finishedAt).to.be.at.least(START);
    cloud.dispatcher.start([]);
    expect(cloud.runner.starts).to.deep.equal([]);
  });

  it('takes a spider without code where the project is held, with units beyond the slots', async () => {
    const elsewhere = { project: '200', spider: 'outside', units: '6' };
    expect((await run(elsewhere)).text).to.contain('has no spider \\"outside\\": it has none at all');
    cloud.store.numberSpider('elsewhere', 'outside');
    cloud.dispatcher.start([]);
    const job = await made({ ...elsewhere, version: 'any' });
    expect(job).to.include({ key: '200/1/1', state: 'PENDING', units: 6, version: 'any' });
    expect(cloud.runner.starts).to.deep.equal([]);
    cloud.store.setHeld('elsewhere', false);
    expect((await run(elsewhere)).status).to.equal(400);
  });

  it('is for whoever may change the project', async () => {
    const who = { kind: 'key', name: 'reader' } as const;
    cloud.asks.access = { who, readOnly: true, projects: null };
    const { status, body } = await run({});
    expect(status).to.equal(403);
    expect(body).to.deep.equal({
      ...{ status: 'error', message: 'The key "reader" may read only, and change nothing.' },
    });
    cloud.asks.access = { who, readOnly: false, projects: ['elsewhere'] };
    expect((await run({})).status).to.equal(404);
    expect(cloud.changes.map(({ outcome, object }) => `${outcome} ${object}`)).to.deep.equal([
      'refused /api/run.json',
      'failed /api/run.json',
    ]);
  });
});

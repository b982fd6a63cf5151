import { expect } from 'chai';
import { JobTokens } from '../../src/access/job-tokens.ts';
import { jobVariables } from '../../src/access/job-variables.ts';
import type { Job, JobState } from '../../src/jobs/job.ts';

describe('the token of a job', () => {
  const job = (state: JobState, id = 'id-1') => ({ id, key: '53/1/2', project: 'quotes', state }) as Job;
  const tokens = (found: Job | null, secret = 'one') =>
    new JobTokens({ secret: (name) => `${name} ${secret}`, jobByKey: () => found });

  it('is the same each time, and another for each job and daemon', () => {
    const token = tokens(null).tokenOf(job('RUNNING'));
    expect(token).to.match(/^[0-9a-f]{64}$/);
    expect(tokens(null).tokenOf(job('PENDING'))).to.equal(token);
    // Numbers of jobs may come again in another data folder.
    expect(tokens(null).tokenOf(job('RUNNING', 'id-2'))).to.not.equal(token);
    expect(tokens(null, 'two').tokenOf(job('RUNNING'))).to.not.equal(token);
  });

  it('opens its project for reading, and what the job may write, while it runs', () => {
    const running = tokens(job('RUNNING'));
    const token = running.tokenOf(job('RUNNING'));
    expect(running.accessOf('53/1/2', token)).to.deep.equal({
      ...{ who: { kind: 'job', name: '53/1/2' }, readOnly: true, projects: ['quotes'], job: 'id-1' },
    });
    for (const state of ['PENDING', 'SUCCESSFUL', 'DELETED'] as const) {
      expect(tokens(job(state)).accessOf('53/1/2', token)).to.equal(null);
    }
    expect(tokens(null).accessOf('53/1/2', token)).to.equal(null);
  });

  it('opens nothing when it is wrong, or what it comes with is no key', () => {
    const running = tokens(job('RUNNING'));
    const token = running.tokenOf(job('RUNNING'));
    for (const wrong of ['', token.slice(1), `${token}0`, token.toUpperCase(), `é${token.slice(2)}`]) {
      expect(running.accessOf('53/1/2', wrong)).to.equal(null);
    }
    for (const key of ['', '53/1', '53/1/2/3', 'a/b/c', ' 53/1/2']) {
      expect(running.accessOf(key, token)).to.equal(null);
    }
  });

  it('reaches the code of a run by variables, with an address at which the daemon can be found', () => {
    const variables = (url: string | null) => jobVariables(job('RUNNING'), 'token', url);
    expect(variables('http://127.0.0.1:7654')).to.deep.equal({
      SHUB_JOBKEY: '53/1/2',
      SHUB_JOBAUTH: Buffer.from('53/1/2:token').toString('hex'),
      SHUB_STORAGE: 'http://127.0.0.1:7654/',
      SHUB_APIURL: 'http://127.0.0.1:7654/api/',
    });
    const storage = (url: string) => variables(url).SHUB_STORAGE;
    expect(storage('http://0.0.0.0:80')).to.equal('http://127.0.0.1:80/');
    expect(storage('https://[::]:80')).to.equal('https://127.0.0.1:80/');
    expect(storage('http://10.0.0.0:80')).to.equal('http://10.0.0.0:80/');
    expect(variables(null)).to.deep.equal({});
  });
});

import { expect } from 'chai';
import type { Job } from '../../src/jobs/job.ts';
import { planRun } from '../../src/jobs/run-plan.ts';
import { aRequest, aVersion } from '../support/samples.ts';

describe('the plan of a run', () => {
  const outputs = { stdout: '/o', stderr: '/e', items: '/i', records: '/r', stats: '/s' };
  const plan = (
    daemon: boolean,
    project: boolean | null,
    request: boolean | null,
    { variables = {}, env = {} }: Record<string, Record<string, string>> = {},
  ) => {
    const job = { ...aRequest({ capture: request, fork: request, env }), id: 'id', jobid: 'jobid' } as Job;
    const version = {
      ...aVersion({ capture: project, fork: project }),
      ...{ id: 1, projectId: 1, name: '1', named: true },
    };
    return planRun(job, { version, variables }, '/env', outputs, {
      projectsFolder: '/projects',
      workFolder: '/runs',
      spiderDataFolder: '/spider-data',
      outputLimit: 1000,
      captureItems: daemon,
      access: () => ({}),
    });
  };

  for (const [daemon, project, request, captures] of [
    [true, null, null, true],
    [false, null, null, false],
    [true, false, null, false],
    [false, true, null, true],
    [true, true, false, false],
    [false, false, true, true],
  ] as const) {
    it(`${captures ? 'keeps' : 'drops'} items where daemon, project and request say ${daemon}, ${project}, ${request}`, () => {
      expect(plan(daemon, project, request).items).to.equal(captures ? '/i' : null);
    });
  }

  it("sets the project's variables, before them the request's, and before these its own", () => {
    const variables = { A: 'project', B: 'project', SCRAPY_JOB: 'project', ['__proto__']: 'kept' };
    const env = { B: 'request', C: 'request', SPIDER_DATA_DIR: 'request' };
    const planned = plan(true, null, null, { variables, env }).env;
    expect(Object.entries(planned)).to.have.deep.members([
      ['A', 'project'],
      ['B', 'request'],
      ['C', 'request'],
      ['__proto__', 'kept'],
      ['SPIDER_DATA_DIR', '/spider-data'],
      ['SCRAPY_PROJECT', 'quotes'],
      ['SCRAPY_JOB', 'jobid'],
    ]);
  });

  it('forks unless the project, or before it the request, says no', () => {
    expect(plan(true, null, null).fork).to.equal(true);
    expect(plan(true, false, null).fork).to.equal(false);
    expect(plan(true, true, false).fork).to.equal(false);
    expect(plan(true, false, true).fork).to.equal(true);
  });
});

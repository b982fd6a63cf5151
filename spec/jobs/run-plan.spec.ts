import { expect } from 'chai';
import type { Job } from '../../src/jobs/job.ts';
import { planRun } from '../../src/jobs/run-plan.ts';
import { aRequest, aVersion } from '../support/samples.ts';

describe('the plan of a run', () => {
  const outputs = { stdout: '/o', stderr: '/e', items: '/i', stats: '/s' };
  const plan = (daemon: boolean, project: boolean | null, request: boolean | null) => {
    const job = { ...aRequest({ capture: request, fork: request }), id: 'id', jobid: 'jobid' } as Job;
    const version = { ...aVersion({ capture: project, fork: project }), id: 1, projectId: 1 };
    return planRun(job, version, '/env', outputs, {
      projectsFolder: '/projects',
      workFolder: '/runs',
      spiderDataFolder: '/spider-data',
      outputLimit: 1000,
      captureItems: daemon,
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

  it('forks unless the project, or before it the request, says no', () => {
    expect(plan(true, null, null).fork).to.equal(true);
    expect(plan(true, false, null).fork).to.equal(false);
    expect(plan(true, true, false).fork).to.equal(false);
    expect(plan(true, false, true).fork).to.equal(true);
  });
});

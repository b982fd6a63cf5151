import { expect } from 'chai';
import { jobJson, scheduleJson } from '../../../../src/http/dialects/scrapy-do/job-json.ts';
import type { Job } from '../../../../src/jobs/job.ts';
import type { Schedule } from '../../../../src/schedule/schedule.ts';

describe('a row of list-jobs', () => {
  const jobOf = (lateMs: number | null) => jobJson({ lateMs, startedAt: null, changedAt: 0 } as Job);
  const scheduleOf = (reason: string | null) =>
    scheduleJson({ state: 'ENDED', reason, request: {}, changedAt: 0 } as Schedule);

  it('says by how many seconds a job was made late, if it was', () => {
    expect(jobOf(3_600_250)).to.include({ late: 3600.25 });
    expect(jobOf(1000)).to.include({ late: 1 });
    for (const inTime of [null, 0, 999]) expect(jobOf(inTime)).to.not.have.property('late');
  });

  it('says why a schedule fires no more, if there is a reason', () => {
    expect(scheduleOf('It has made its 3 runs.')).to.include({
      status: 'ENDED',
      reason: 'It has made its 3 runs.',
    });
    expect(scheduleOf(null)).to.not.have.property('reason');
  });
});

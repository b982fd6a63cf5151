import { expect } from 'chai';
import { account } from './account.ts';
import type { Remembered, RememberedFire, RememberedJob } from './remembered.ts';
import type { Story } from './story.ts';

const START = Date.parse('2026-06-02T09:00:05.250Z');
const SECOND_MS = 1000;
/** The daemon was not there from the third second to the sixth. */
const OUTAGE = { from: START + 3100, until: START + 6100 };
const CANCELED_AT = START + 8500;

/** A job that was made so many seconds after the start of its schedule, and ran to its end. */
function job(second: number, madeAtMs = second * SECOND_MS): RememberedJob {
  return {
    id: `0000-${second}`,
    state: 'SUCCESSFUL',
    scheduleId: 'schedule',
    fireAt: START + second * SECOND_MS,
    createdAt: START + madeAtMs,
    startedAt: START + madeAtMs,
    finishedAt: START + madeAtMs + 100,
    exit: null,
  };
}

/** The row of a fire that became a job. */
function fireOf({ id, fireAt, createdAt }: RememberedJob): RememberedFire {
  const row = { untilAt: null, count: null, reason: null };
  return { ...row, scheduleId: 'schedule', plannedAt: fireAt!, madeAt: createdAt, jobId: id };
}

/** All as it should be: for the fires of the outage stands the last of them. */
function well(): { remembered: Remembered; story: Story } {
  const jobs = [job(1), job(2), job(3), job(6, 6200), job(7), job(8)];
  const fires = jobs.map(fireOf);
  const skipped = { plannedAt: START + 4000, untilAt: START + 5000, count: 2, jobId: null, reason: 'missed' };
  fires.splice(3, 0, { ...fires[3]!, ...skipped });
  const marks = () => new Map(jobs.map(({ id }) => [id.replace('-', ''), 1]));
  const schedules = [{ id: 'schedule', anchorAt: START, changedAt: CANCELED_AT }];
  return {
    remembered: { jobs, schedules, fires, began: marks(), ended: marks() },
    story: {
      kills: [{ what: 'daemon', at: OUTAGE.from }],
      outages: [OUTAGE],
      schedules: new Map([['schedule', { when: 'every second', min: 1, max: 1 }]]),
      acknowledged: ['0000-8'],
      faults: [],
    },
  };
}

type Change = (remembered: Remembered, story: Story) => void;

/** What is found after something was changed. */
function faultsAfter(change: Change): string {
  const { remembered, story } = well();
  change(remembered, story);
  return account(remembered, story).faults.join('\n');
}

const first = ({ jobs }: Remembered) => jobs[0]!;

describe('The account of the chaos', () => {
  it('finds nothing wrong where all is well, and counts', () => {
    const { remembered, story } = well();
    const { fires, jobs, faults } = account(remembered, story);
    expect(faults).to.deep.equal([]);
    expect(fires[0]).to.include({ calledFor: 8, onTime: 5, late: 1, skipped: 2 });
    expect(jobs).to.include({ jobs: 6, marked: 6, successful: 6 });
  });

  it('takes a job for explained that ended with its spider, or with its host before it began', () => {
    const { remembered, story } = well();
    const [killed, letGo] = [remembered.jobs[1]!, remembered.jobs[2]!];
    for (const lost of [killed, letGo]) Object.assign(lost, { state: 'FAILED', exit: '{"reason":"lost"}' });
    remembered.began.delete('00003');
    story.kills.push({ what: 'spider', at: START, job: killed.id });
    story.kills.push({ what: 'host', at: letGo.startedAt! + 1 });
    const { jobs, faults } = account(remembered, story);
    expect(faults).to.deep.equal([]);
    expect(jobs.explained).to.have.length(2);
  });

  const cases: [string, Change, RegExp][] = [
    [
      'a fire that was lost',
      ({ fires, jobs }) => [fires.splice(1, 1), jobs.splice(1, 1)],
      /after 09:00:06.250 comes 09:00:07.250, not 09:00:08.250/,
    ],
    [
      'a fire that was made twice',
      ({ jobs }) => jobs.splice(1, 0, { ...job(1), id: 'x' }),
      /job x of .* is of no fire/,
    ],
    [
      'a job of a fire that is gone',
      ({ jobs }) => jobs.pop(),
      /the job of its fire of 09:00:13.250, 0000-8, is gone/,
    ],
    ['a fire of no plan', ({ fires }) => (fires[1]!.plannedAt += 1), /comes 09:00:07.250, not 09:00:07.251/],
    ['a fire that was made before its time', ({ fires }) => (fires[0]!.madeAt -= 1), /was made before/],
    ['missed fires that are not counted', ({ fires }) => (fires[3]!.count = 1), /it skipped 2, not 1/],
    [
      'missed fires that are not told of',
      ({ fires }) => fires.splice(3, 1),
      /comes 09:00:09.250, not 09:00:11.250/,
    ],
    ['a fire skipped without a reason', ({ fires }) => (fires[3]!.reason = null), /without a reason/],
    [
      'a fire that none stands for',
      ({ fires }) => (fires[4]!.madeAt += 1),
      /no late fire stands for that of 09:00:09/,
    ],
    [
      'fires that were missed although the daemon was there',
      (_, story) => (story.outages[0] = { from: START + 60_000, until: START + 61_000 }),
      /09:00:09.250 was missed although the daemon was there/,
    ],
    [
      'a schedule that fires no more',
      ({ schedules }) => (schedules[0]!.changedAt += 60_000),
      /09:00:14.250 was never made/,
    ],
    [
      'a schedule that is gone',
      ({ schedules }) => schedules.pop(),
      /schedule schedule, "every second": it is gone/,
    ],
    ['a spider that ran twice', ({ began }) => began.set('00001', 2), /job 0000-1: its spider ran 2 times/],
    [
      'a spider that did not run',
      ({ began }) => began.delete('00001'),
      /job 0000-1: .* did not run to its end/,
    ],
    [
      'a spider that did not end',
      ({ ended }) => ended.delete('00001'),
      /job 0000-1: .* did not run to its end/,
    ],
    ['a job that waits for ever', (all) => (first(all).state = 'PENDING'), /job 0000-1: it is PENDING/],
    ['a job that failed for no reason', (all) => (first(all).state = 'FAILED'), /job 0000-1: it is FAILED/],
    [
      'a job that is lost although its spider went on',
      (all, { kills }) => {
        first(all).state = 'FAILED';
        kills.push({ what: 'host', at: first(all).startedAt! + 1 });
      },
      /job 0000-1: it is FAILED/,
    ],
    ['a spider without a job', ({ began }) => began.set('abc', 1), /a spider ran for "abc", which is no job/],
    [
      'a request that was forgotten',
      (_, { acknowledged }) => acknowledged.push('x'),
      /job x: its request was answered/,
    ],
    [
      'what was seen on the way',
      (_, { faults }) => faults.push('spiders are orphaned'),
      /spiders are orphaned/,
    ],
  ];
  for (const [what, change, told] of cases) {
    it(`tells of ${what}`, () => {
      expect(faultsAfter(change)).to.match(told);
    });
  }
});

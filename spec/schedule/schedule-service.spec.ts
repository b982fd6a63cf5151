import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UserError } from '../../src/errors.ts';
import type { JobRequest } from '../../src/jobs/job.ts';
import type { JobNames, JobService } from '../../src/jobs/job-service.ts';
import { NO_RULES, type Schedule, type ScheduleRules } from '../../src/schedule/schedule.ts';
import { ScheduleService } from '../../src/schedule/schedule-service.ts';
import { Scheduler } from '../../src/schedule/scheduler.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { aRequest, aVersion } from '../support/samples.ts';
import { silentLog } from '../support/silent-log.ts';

const START = Date.parse('2026-06-02T09:00:05Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

describe('Schedules, as people handle them,', () => {
  let folder = '';
  let store: Store;
  let clock: FakeClock;
  let service: ScheduleService;
  let submitted: { request: JobRequest; names: JobNames }[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'orbweaver-schedules-'));
    store = openSqliteStore(join(folder, 'db'));
    store.addVersion(aVersion());
    clock = new FakeClock(START);
    submitted = [];
    const jobs = {
      checkUnits: ({ units }: JobRequest) => {
        if (units > 2) throw new UserError('invalid', 'too many units');
      },
      submit: (request: JobRequest, names: JobNames) => {
        submitted.push({ request, names });
        return store.addJob({ request, actor: 'USER', ...names }, clock.now());
      },
    } as unknown as JobService;
    const common = { store, clock, random: () => 0.5, zone: 'UTC' };
    const ignore = () => undefined;
    const scheduler = new Scheduler({ ...common, onJobs: ignore, replace: () => ignore, log: silentLog });
    service = new ScheduleService({ ...common, scheduler, jobs });
    scheduler.start();
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const rulesOf = (rules: Partial<ScheduleRules>): ScheduleRules => ({ ...NO_RULES, ...rules });
  const add = (when: string, rules: Partial<ScheduleRules> = {}): Schedule =>
    service.add({ when, rules: rulesOf(rules), request: aRequest() });
  const find = (id: string) => store.schedule(id);
  /** When its fires were planned, in minutes since the start, the first first. */
  const fired = (id: string) =>
    store
      .fires(id, { limit: 99 })
      .map(({ plannedAt }) => (plannedAt - START) / MINUTE_MS)
      .reverse();
  const refused = (work: () => unknown, kind: string, words: string | RegExp) => {
    expect(work).to.throw(UserError, words).with.property('kind', kind);
  };

  it('are one job at once for "now", which takes no rules', () => {
    const asked = { when: ' NOW ', rules: NO_RULES, request: aRequest() };
    const { id } = service.submit(asked, 'ci');
    expect(store.job(id)?.state).to.equal('PENDING');
    expect(submitted[0]?.names).to.deep.equal({ by: 'ci' });
    for (const [rules, name] of [
      [{ overlap: 'skip' }, 'overlap'],
      [{ maxRuns: 1 }, 'max_runs'],
      [{ missed: 'skip' }, 'missed'],
    ] as const)
      refused(() => service.submit({ ...asked, rules: rulesOf(rules) }), 'invalid', `The rule "${name}"`);
    refused(() => add('now'), 'invalid', '"now" is no schedule');
    expect(submitted).to.have.length(1);
  });

  it('are refused where the spec, a rule or the request cannot be met, and nothing is stored', () => {
    refused(() => add('every fortnight'), 'invalid', '"fortnight"');
    refused(() => add('every day', { missed: 'perhaps' }), 'invalid', '"perhaps"');
    refused(() => add('every day', { zone: 'Mars/Base' }), 'invalid', '"Mars/Base"');
    refused(() => add('every day', { until: '2026-06-01' }), 'invalid', /Cannot schedule "every day"/);
    const request = aRequest({ units: 3 });
    refused(() => service.add({ when: 'every day', rules: NO_RULES, request }), 'invalid', 'too many units');
    expect(store.scheduleCount()).to.equal(0);
  });

  it('fire from when they were asked for', () => {
    const { id } = add('  every 10 minutes ');
    expect(find(id)).to.include({ when: 'every 10 minutes', anchorAt: START });
    clock.pass(30 * MINUTE_MS);
    expect(fired(id)).to.deep.equal([10, 20, 30]);
  });

  describe('when paused', () => {
    it('fire no more until they are resumed, and then go on by their plan', () => {
      const { id } = add('every 10 minutes');
      clock.pass(15 * MINUTE_MS);
      expect(service.pause(id)).to.include({ state: 'PAUSED', nextFireAt: null });
      expect(service.pause(id).state).to.equal('PAUSED');
      clock.pass(30 * MINUTE_MS);
      expect(service.resume(id)).to.include({ state: 'SCHEDULED', nextFireAt: START + 50 * MINUTE_MS });
      expect(service.resume(id).state).to.equal('SCHEDULED');
      clock.pass(15 * MINUTE_MS);
      expect(fired(id)).to.deep.equal([10, 50, 60]);
    });

    it('keep the fire that was next, if it is still to come', () => {
      const { id, nextFireAt } = add('every day at 10:30');
      service.pause(id);
      clock.pass(HOUR_MS);
      expect(service.resume(id).nextFireAt).to.equal(nextFireAt);
    });

    it('have made what was due before', () => {
      const { id } = add('every 10 minutes');
      clock.step(25 * MINUTE_MS);
      service.pause(id);
      expect(fired(id)).to.deep.equal([10, 20]);
    });

    it('are not resumed where nothing is left to fire', () => {
      const { id } = add('every 10 minutes', { until: '2026-06-02 10:00' });
      service.pause(id);
      clock.pass(2 * HOUR_MS);
      refused(() => service.resume(id), 'invalid', 'Cannot schedule "every 10 minutes"');
      expect(find(id)?.state).to.equal('PAUSED');
    });
  });

  describe('when edited', () => {
    it('keep their history and their times, where those are not changed', () => {
      const { id } = add('every 10 minutes');
      clock.pass(15 * MINUTE_MS);
      const request = aRequest({ spider: 'xpath' });
      const edited = service.edit(id, { request, rules: rulesOf({ overlap: 'skip', maxRuns: 9 }) });
      expect(edited).to.include({ anchorAt: START, nextFireAt: START + 20 * MINUTE_MS, runs: 1 });
      expect(edited.request.spider).to.equal('xpath');
      clock.pass(10 * MINUTE_MS);
      expect(fired(id)).to.deep.equal([10, 20]);
    });

    it('count from now where their times are changed', () => {
      const { id } = add('every 10 minutes');
      clock.pass(15 * MINUTE_MS);
      expect(service.edit(id, { when: 'every 30 minutes' })).to.include({
        anchorAt: START + 15 * MINUTE_MS,
        nextFireAt: START + 45 * MINUTE_MS,
        runs: 1,
      });
      clock.pass(HOUR_MS);
      expect(fired(id)).to.deep.equal([10, 45, 75]);
    });

    it('stay paused, and go on with their new times when they are resumed', () => {
      const { id } = add('every 10 minutes');
      service.pause(id);
      expect(service.edit(id, { when: 'every 30 minutes' })).to.include({
        state: 'PAUSED',
        nextFireAt: null,
      });
      expect(service.resume(id).nextFireAt).to.equal(START + 30 * MINUTE_MS);
    });

    it('go on after they had ended, when they may run more often', () => {
      const { id } = add('every 10 minutes', { maxRuns: 2 });
      clock.pass(HOUR_MS);
      expect(find(id)).to.include({ state: 'ENDED', runs: 2 });
      const lower = rulesOf({ maxRuns: 1 });
      refused(
        () => service.edit(id, { rules: lower }),
        'invalid',
        'more than the runs that the schedule has made, 2',
      );
      expect(service.edit(id, { rules: rulesOf({ maxRuns: 2 }) })).to.include({ state: 'ENDED' });
      expect(service.edit(id, { rules: rulesOf({ maxRuns: 3 }) })).to.include({
        ...{ state: 'SCHEDULED', reason: null, nextFireAt: START + 70 * MINUTE_MS },
      });
      clock.pass(HOUR_MS);
      expect(fired(id)).to.deep.equal([10, 20, 70]);
      expect(find(id)).to.include({ state: 'ENDED', runs: 3 });
    });

    it('are freed of what halted them', () => {
      const { id } = add('every 10 minutes');
      store.changeSchedule(id, { state: 'FAULTY', reason: 'odd', when: 'odd', nextFireAt: null }, START);
      refused(() => service.resume(id), 'invalid', '"odd"');
      refused(() => service.pause(id), 'conflict', 'FAULTY');
      expect(service.edit(id, { when: 'every hour' })).to.include({ state: 'SCHEDULED', reason: null });
    });

    it('stay as they were where the change is refused', () => {
      const before = add('every 10 minutes');
      const { id } = before;
      refused(() => service.edit(id, { when: 'every fortnight' }), 'invalid', '"fortnight"');
      refused(() => service.edit(id, { when: 'now' }), 'invalid', '"now"');
      refused(() => service.edit(id, { rules: rulesOf({ missed: 'x' }) }), 'invalid', '"x"');
      refused(() => service.edit(id, { request: aRequest({ spider: 'nope' }) }), 'not-found', '"nope"');
      refused(() => service.edit(id, { request: aRequest({ units: 3 }) }), 'invalid', 'too many units');
      const other = aRequest({ project: 'other' });
      refused(() => service.edit(id, { request: other }), 'invalid', 'stays in its project, "quotes"');
      refused(() => service.edit('none', {}), 'not-found', 'Unknown schedule "none"');
      expect(find(id)).to.deep.equal(before);
    });
  });

  describe('when run at once', () => {
    it('make a job beside their fires, also while they are paused or have ended', () => {
      const { id } = add('every 10 minutes', { maxRuns: 1 });
      for (const state of ['SCHEDULED', 'PAUSED', 'ENDED'] as const) {
        store.changeSchedule(id, { state }, START);
        expect(service.run(id, 'ci')).to.include({
          scheduleId: id,
          actor: 'USER',
          alone: false,
          lateMs: null,
        });
      }
      expect(submitted[0]?.names).to.include({ by: 'ci' });
      expect(find(id)?.runs).to.equal(0);
      expect(fired(id)).to.deep.equal([]);
    });

    it('wait for the job that runs, where two may not run at a time', () => {
      for (const overlap of ['skip', 'queue-one', 'replace'] as const)
        expect(service.run(add('every day', { overlap }).id).alone).to.equal(true);
    });
  });

  describe('when canceled', () => {
    it('fire no more, whatever they were about to do', () => {
      for (const state of ['SCHEDULED', 'PAUSED', 'FAULTY'] as const) {
        const { id } = add('every 10 minutes');
        store.changeSchedule(id, { state }, START);
        expect(service.cancel(id)).to.equal(true);
        expect(find(id)).to.include({ state: 'CANCELED', nextFireAt: null });
        clock.pass(DAY_MS);
        expect(fired(id)).to.deep.equal([]);
        for (const again of ['cancel', 'pause', 'resume', 'run'] as const)
          refused(() => service[again](id), 'conflict', 'it is CANCELED already');
        refused(() => service.edit(id, {}), 'conflict', 'it is CANCELED already');
      }
    });

    it('are refused when they have ended, and are none where there is none', () => {
      const { id } = add('every 10 minutes');
      store.changeSchedule(id, { state: 'ENDED', nextFireAt: null }, START);
      refused(() => service.cancel(id), 'conflict', 'it is ENDED already');
      expect(service.cancel('none')).to.equal(false);
      for (const what of ['pause', 'resume', 'run'] as const)
        refused(() => service[what]('none'), 'not-found', 'Unknown schedule "none"');
    });
  });
});

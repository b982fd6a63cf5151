import { expect } from 'chai';
import { NO_RULES, type ScheduleRules } from '../../../../src/schedule/schedule.ts';
import { aRequest } from '../../../support/samples.ts';
import { aDaemon, START, type ADaemon } from './a-daemon.ts';

const HOUR_MS = 3_600_000;

describe('the timeline', () => {
  let daemon: ADaemon;
  beforeEach(async () => {
    daemon = await aDaemon();
  });
  afterEach(() => daemon[Symbol.asyncDispose]());

  const timeline = async (parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams(parameters).toString();
    return daemon.get(`/api/v1/timeline?${query}`);
  };
  const countsOf = ({ hours }: { hours: { hour: string; count: number }[] }) =>
    hours.reduce((sum, { count }) => sum + count, 0);

  it('has what will fire in the next day, in the order of time', async () => {
    const often = await daemon.add({ when: 'every 9 hours' });
    const daily = await daemon.add({ when: 'every day at 20:00', project: 'secret', spider: 'xpath' });
    const paused = await daemon.add();
    await daemon.ask('POST', `/api/v1/schedules/${paused.id}/pause`);
    const { status, json } = await timeline();
    expect(status).to.equal(200);
    expect(json).to.deep.equal({
      ...{ from: '2026-06-01T09:00:05Z', to: '2026-06-02T09:00:05Z' },
      fires: [
        { at: '2026-06-01T18:00:00Z', schedule: daily.id, project: 'secret', spider: 'xpath' },
        { at: '2026-06-01T18:00:05Z', schedule: often.id, project: 'quotes', spider: 'css' },
        { at: '2026-06-02T03:00:05Z', schedule: often.id, project: 'quotes', spider: 'css' },
      ],
    });
    daemon.asKey(['secret']);
    const { fires } = (await timeline()).json;
    expect(fires.map(({ schedule }) => schedule)).to.deep.equal([daily.id]);
  });

  it('has what fires from one instant up to another, and nothing of the past', async () => {
    await daemon.add({ when: 'every hour' });
    const timesOf = async (from: string, to: string) =>
      (await timeline({ from, to })).json.fires.map(({ at }) => at);
    expect(await timesOf('2026-06-01T11:00:05Z', '2026-06-01T13:00:05Z')).to.deep.equal([
      '2026-06-01T11:00:05Z',
      '2026-06-01T12:00:05Z',
    ]);
    expect(await timesOf('2026-05-01T00:00:00Z', '2026-06-01T12:30:00+02:00')).to.deep.equal([
      '2026-06-01T10:00:05Z',
    ]);
    expect((await timeline({ from: '2026-05-01T00:00:00Z' })).json.from).to.equal('2026-06-01T09:00:05Z');
  });

  it('refuses a time that is over, or too long', async () => {
    for (const parameters of [
      { from: '2026-06-05T00:00:00Z', to: '2026-06-05T00:00:00Z' },
      { to: '2026-06-01T09:00:00Z' },
      { to: '2026-07-02T09:00:06Z' },
      { to: 'tomorrow' },
    ]) {
      const { status, json } = await timeline(parameters);
      expect([status, json.errors[0]!.parameter]).to.deep.equal([400, 'to']);
    }
    expect((await timeline({ to: '2026-07-02T09:00:05Z' })).status).to.equal(200);
  });

  it('marks what is drawn, but not a next fire that is drawn already', async () => {
    await daemon.add({ when: 'every 2 to 9 hours' });
    const { fires } = (await timeline()).json;
    expect(fires[0]).to.include({ at: '2026-06-01T15:00:05Z' }).and.not.to.have.property('approximate');
    expect(fires[1]).to.include({ approximate: true });
  });

  it('counts on up to the number of runs', async () => {
    await daemon.add({ when: 'every hour', max_runs: 3 });
    expect((await timeline()).json.fires).to.have.length(3);
    expect((await timeline({ from: '2026-06-01T11:30:00Z' })).json.fires).to.have.length(1);
    expect((await timeline({ from: '2026-06-01T13:30:00Z' })).json.fires).to.have.length(0);
  });

  it('counts per hour beyond a thousand fires', async () => {
    await daemon.add({ when: 'every minute' });
    await daemon.add({ when: '30 * * * *' });
    await daemon.add({ when: 'every second', max_runs: 4000 });
    const { json } = await timeline({ to: '2026-06-01T13:00:00Z' });
    expect(json).to.deep.equal({
      ...{ from: '2026-06-01T09:00:05Z', to: '2026-06-01T13:00:00Z' },
      hours: [
        { hour: '2026-06-01T09:00:00Z', count: 59 + 1 + 3594 },
        { hour: '2026-06-01T10:00:00Z', count: 60 + 1 + 406 },
        { hour: '2026-06-01T11:00:00Z', count: 60 + 1 },
        { hour: '2026-06-01T12:00:00Z', count: 60 + 1 },
      ],
    });
    const later = await timeline({ from: '2026-06-01T09:30:05Z', to: '2026-06-01T11:00:00Z' });
    expect(later.json.hours).to.deep.equal([
      { hour: '2026-06-01T09:00:00Z', count: 30 + 0 + 1795 },
      { hour: '2026-06-01T10:00:00Z', count: 60 + 1 + 406 },
    ]);
  });

  it('tells a thousand fires one by one', async () => {
    await daemon.add({ when: 'every second', max_runs: 1000 });
    expect((await timeline()).json.fires).to.have.length(1000);
    await daemon.add({ when: 'every 20 hours' });
    expect(countsOf((await timeline()).json)).to.equal(1001);
  });

  it('of 5,000 schedules leaves others their turn', async () => {
    const add = (when: string, rules: Partial<ScheduleRules> = {}) =>
      daemon.store.addSchedule(
        {
          ...{ when, request: aRequest(), rules: { ...NO_RULES, ...rules } },
          next: { plannedAt: START + HOUR_MS, dueAt: START + HOUR_MS },
        },
        START,
      );
    daemon.store.together(() => {
      for (let n = 0; n < 5000; n += 1) {
        if (n % 2 === 0) add(`every ${1 + (n % 50)} minutes`);
        else add(`${n % 60} * * * *`, { zone: 'UTC' });
      }
    });
    let longest = 0;
    let before = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - before);
      before = performance.now();
    }, 1);
    const { json } = await timeline();
    clearInterval(beat);
    expect(json.hours).to.have.length(23);
    expect(countsOf(json)).to.be.greaterThan(2500 * 23);
    // Others have the machine, too.
    expect(longest).to.be.lessThan(500);
  }).timeout(20_000);
});

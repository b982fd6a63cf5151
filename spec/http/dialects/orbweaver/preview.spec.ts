import { expect } from 'chai';
import { aDaemon, ZONE, type ADaemon } from './a-daemon.ts';

const FROM = '2026-06-02T09:00:05Z';

describe('the preview of a spec', () => {
  let daemon: ADaemon;
  before(async () => {
    daemon = await aDaemon();
  });
  after(() => daemon[Symbol.asyncDispose]());

  const preview = async (parameters: Record<string, string>) => {
    const query = new URLSearchParams(parameters).toString();
    return daemon.get(`/api/v1/schedules/preview?${query}`);
  };

  it('says it in English, with the zone and the next ten fires', async () => {
    const { status, json } = await preview({ when: 'every 10 minutes', from: FROM });
    expect(status).to.equal(200);
    expect(Object.keys(json)).to.deep.equal(['meaning', 'zone', 'fires']);
    expect(json.meaning).to.be.a('string').and.not.equal('');
    expect(json.zone).to.equal(ZONE);
    expect(json.fires).to.deep.equal([
      ...['2026-06-02T09:10:05Z', '2026-06-02T09:20:05Z', '2026-06-02T09:30:05Z', '2026-06-02T09:40:05Z'],
      ...['2026-06-02T09:50:05Z', '2026-06-02T10:00:05Z', '2026-06-02T10:10:05Z', '2026-06-02T10:20:05Z'],
      ...['2026-06-02T10:30:05Z', '2026-06-02T10:40:05Z'],
    ]);
  });

  it('counts days in the zone, which can be given', async () => {
    const when = 'every day at 10:30';
    const firesOf = async (more: object) => {
      const { json } = await preview({ when, from: FROM, count: '1', ...more });
      return [json.zone, json.fires];
    };
    expect(await firesOf({})).to.deep.equal([ZONE, ['2026-06-03T08:30:00Z']]);
    expect(await firesOf({ zone: 'asia/kathmandu' })).to.deep.equal([
      'Asia/Kathmandu',
      ['2026-06-03T04:45:00Z'],
    ]);
    expect(await firesOf({ when: `${when} in UTC` })).to.deep.equal(['UTC', ['2026-06-02T10:30:00Z']]);
  });

  it('begins at an instant with any offset, or now', async () => {
    for (const from of [
      '2026-06-02T09:00:05Z',
      '2026-06-02T11:00:05+02:00',
      '2026-06-02T11:00:05 02:00',
      '2026-06-02 04:00:05-0500',
      '2026-06-02T09:00:05.000Z',
    ]) {
      const { json } = await preview({ when: 'every hour', from, count: '1' });
      expect(json.fires, from).to.deep.equal(['2026-06-02T10:00:05Z']);
    }
    const { json } = await preview({ when: 'every hour', from: '2026-06-02T09:00:05.25Z', count: '1' });
    expect(json.fires).to.deep.equal(['2026-06-02T10:00:05.250Z']);
    expect((await preview({ when: 'every hour', count: '1' })).json.fires).to.deep.equal([
      '2026-06-01T10:00:05Z',
    ]);
    for (const from of [
      ...['2026-06-02', '2026-06-02T09:00', '2026-02-30T09:00:00Z', 'now', '', '2026-06-02T25:00Z'],
    ]) {
      const { status, json: problem } = await preview({ when: 'every hour', from });
      expect([status, problem.errors[0]!.parameter], from).to.deep.equal([400, 'from']);
      expect(problem.detail).to.contain(`not "${from}"`);
    }
  });

  it('ends with the fires, and counts up to a thousand', async () => {
    const ended = await preview({ when: 'every day at 10:00 until 2026-06-04', from: FROM });
    expect(ended.json.fires).to.have.length(2);
    const thousand = (await preview({ when: '*/5 * * * *', from: FROM, count: '1000' })).json.fires;
    expect(thousand).to.have.length(1000);
    expect(thousand.at(-1)).to.equal('2026-06-05T20:20:00Z');
    for (const count of ['0', '1001', 'ten', '1.5']) {
      const { status, json } = await preview({ when: 'every day', count });
      expect([status, json.errors[0]!.parameter]).to.deep.equal([400, 'count']);
    }
  });

  it('says that what is drawn is only an example', async () => {
    for (const when of ['every 2 to 3 hours', 'every hour jitter 90s']) {
      const { json } = await preview({ when, from: FROM });
      expect(json.approximate).to.equal(true);
      const [first = ''] = json.fires as unknown as string[];
      expect((Date.parse(first) - Date.parse(FROM)) / 3_600_000).to.be.within(1, 3);
    }
  });

  it('of "now" is one fire at once', async () => {
    const { status, json } = await preview({ when: 'now', from: FROM, zone: 'UTC' });
    expect([status, json]).to.deep.equal([200, { meaning: 'once, at once', zone: 'UTC', fires: [FROM] }]);
  });

  it('refuses what a schedule could not be made of, with what would be accepted', async () => {
    const typo = await preview({ when: 'every 10 mintues', from: FROM });
    expect([typo.status, typo.type]).to.deep.equal([400, 'application/problem+json']);
    expect(typo.json.detail).to.contain('mintues');
    expect(typo.json.suggestion).to.equal('every 10 minutes');
    expect((await preview({ when: 'every day', zone: 'Europe/Zurch' })).json.suggestion).to.equal(
      'Europe/Zurich',
    );
    const past = await preview({ when: 'at 2026-01-01 10:00', from: FROM });
    expect([past.status, past.json.detail]).to.deep.equal([
      400,
      'Cannot schedule "at 2026-01-01 10:00": that time is past. Try "at 2026-06-03 10:00".',
    ]);
    expect(past.json.suggestion).to.equal('at 2026-06-03 10:00');
    const missing = await preview({});
    expect([missing.status, missing.json.errors[0]!.parameter]).to.deep.equal([400, 'when']);
  });
});

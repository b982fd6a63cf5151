import { expect } from 'chai';
import { UserError } from '../../../src/errors.ts';
import { planOf, type Plan } from '../../../src/schedule/plan/plan.ts';
import { firstFire } from '../../../src/schedule/plan/planned-fires.ts';
import { NO_RULES, type ScheduleRules } from '../../../src/schedule/schedule.ts';

function planFrom(when: string, rules: Partial<ScheduleRules> = {}, daemonZone = 'Europe/Berlin'): Plan {
  const plan = planOf({ when, rules: { ...NO_RULES, ...rules } }, daemonZone);
  if (plan === 'now') throw new Error(`"${when}" is no recurrence`);
  return plan;
}

function refusal(when: string, rules: Partial<ScheduleRules>): string {
  try {
    planFrom(when, rules);
  } catch (error) {
    expect(error).to.be.instanceOf(UserError).with.property('kind', 'invalid');
    return (error as UserError).message;
  }
  throw new Error(`"${when}" was accepted`);
}

describe('A plan', () => {
  it('is in the zone of the daemon, unless the spec or the field names one', () => {
    expect(planFrom('every day').zone).to.equal('Europe/Berlin');
    expect(planFrom('every day in europe/zurich').zone).to.equal('Europe/Zurich');
    expect(planFrom('every day', { zone: 'asia/tokyo' }).zone).to.equal('Asia/Tokyo');
  });

  it('is the same whether a rule is in the spec or in its field', () => {
    const inSpec =
      'every hour in Europe/Zurich from 2026-12-01 until 2026-12-31 12:00 jitter 90s except 2026-12-24, 2026-12-25';
    const fields = {
      zone: 'Europe/Zurich',
      from: '2026-12-01',
      until: '2026-12-31 12:00',
      jitter: '90 seconds',
      except: '2026-12-25,2026-12-24',
    };
    const plan = planFrom(inSpec);
    expect(plan).to.deep.equal(planFrom('every hour', fields));
    // Given twice alike.
    expect(plan).to.deep.equal(planFrom(inSpec, fields));
    expect(plan).to.deep.include({
      zone: 'Europe/Zurich',
      fromAt: Date.parse('2026-12-01T00:00:00+01:00'),
      untilAt: Date.parse('2026-12-31T12:00:00+01:00'),
      except: new Set(['2026-12-24', '2026-12-25']),
      jitterMs: 90_000,
    });
  });

  it('takes dates for days in its zone, the end for the last instant of its day, and offsets for what they are', () => {
    const plan = planFrom('every hour in Asia/Tokyo', { from: '2026-12-01T09:00Z', until: '2026-12-01' });
    expect(plan.fromAt).to.equal(Date.parse('2026-12-01T09:00:00Z'));
    expect(plan.untilAt).to.equal(Date.parse('2026-12-01T23:59:59.999+09:00'));
  });

  it('of days without a time of day has that of "from", if that has one', () => {
    const anchor = { at: Date.parse('2026-11-23T15:20:07+01:00'), random: () => 0 };
    const first = (when: string): string =>
      new Date(firstFire(planFrom(when), anchor)!.plannedAt).toISOString();
    expect(first('every day from 2026-12-01 09:00:30')).to.equal('2026-12-01T08:00:30.000Z');
    expect(first('every monday from 2026-12-01 09:00')).to.equal('2026-12-07T08:00:00.000Z');
    expect(first('every day from 2026-12-01')).to.equal('2026-12-01T14:20:07.000Z');
    expect(first('every day at 10:00 from 2026-12-01 09:00')).to.equal('2026-12-01T09:00:00.000Z');
  });

  it('is refused when a rule is given twice and differs', () => {
    expect(refusal('every day in Europe/Zurich', { zone: 'UTC' })).to.equal(
      'The zone is given twice: "Europe/Zurich" in the spec and "UTC" in the field "zone"; give it once.',
    );
    const cases: [when: string, rules: Partial<ScheduleRules>, ...words: string[]][] = [
      [
        'every day from 2026-12-01',
        { from: '2026-12-02' },
        'The beginning',
        '"2026-12-01"',
        '"2026-12-02"',
        '"from"',
      ],
      [
        'every day until 2026-12-01 10:00',
        { until: '2026-12-01' },
        'The end',
        '"2026-12-01 10:00:00"',
        '"until"',
      ],
      ['every day jitter 90s', { jitter: '2m' }, 'The jitter', '90 seconds', '"2m"'],
      [
        'every day except 2026-12-24',
        { except: '2026-12-25' },
        'days without a fire',
        '"2026-12-24"',
        '"2026-12-25"',
      ],
    ];
    for (const [when, rules, ...words] of cases)
      for (const word of words) expect(refusal(when, rules)).to.contain(word);
  });

  it('is refused when its end is before its beginning', () => {
    expect(refusal('every day from 2026-12-02', { until: '2026-12-01' })).to.equal(
      'Nothing can fire: the end, "2026-12-01", is before the beginning, "2026-12-02".',
    );
    expect(() => planFrom('every day', { from: '2026-12-01', until: '2026-12-01' })).not.to.throw();
  });

  it('is none for one job at once, whose rules are read all the same', () => {
    expect(planOf({ when: 'now', rules: NO_RULES }, 'UTC')).to.equal('now');
    expect(refusal('now', { zone: 'Mars/Olympus' })).to.contain('Mars/Olympus');
  });

  it('is read once, not again for each fire', () => {
    const schedule = { when: 'every day at 10:31', rules: NO_RULES };
    expect(planOf(schedule, 'UTC')).to.equal(planOf({ ...schedule, rules: { ...NO_RULES } }, 'UTC'));
    expect(planOf(schedule, 'UTC')).not.to.equal(planOf(schedule, 'Asia/Tokyo'));
  });
});

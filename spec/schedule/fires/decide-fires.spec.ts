import { expect } from 'chai';
import fc from 'fast-check';
import type { Job } from '../../../src/jobs/job.ts';
import { decideFires, type Decision, type FiresToDecide } from '../../../src/schedule/fires/decide-fires.ts';
import { OVERLAPS } from '../../../src/schedule/schedule.ts';

const MINUTE_MS = 60_000;
const NOW = 1000 * MINUTE_MS;
const ONE_MISSED = 'missed: the latest one stands for it';
const WAITS = 'the job of an earlier fire waits still';

const minutes = (...ago: number[]) => ago.map((minute) => NOW - minute * MINUTE_MS);
const aJob = (id: string, state: 'PENDING' | 'RUNNING') => ({ id, state }) as Job;
const RUNNING = aJob('r', 'RUNNING');
const PENDING = aJob('p', 'PENDING');

function decide(changes: Partial<FiresToDecide> = {}): Decision {
  const due = changes.due ?? { latest: [NOW], earlier: null };
  return decideFires({
    due,
    isRecorded: () => false,
    firstDueAt: due.earlier?.from ?? due.latest[0] ?? NOW,
    now: NOW,
    missed: { policy: 'run-once', upTo: 1, withinMs: null },
    overlap: 'allow',
    active: [],
    runsLeft: null,
    ...changes,
  });
}

/** Each outcome in a word or two, as `minutes ago: what`. */
function told({ outcomes }: Decision): string[] {
  const ago = (at: number) => String((NOW - at) / MINUTE_MS);
  return outcomes.map((outcome) => {
    if ('job' in outcome) return `${ago(outcome.plannedAt)}: job`;
    const { plannedAt, untilAt, count, skipped } = outcome;
    const range = untilAt === undefined ? '' : `-${ago(untilAt)} (${count ?? 'some'})`;
    return `${ago(plannedAt)}${range}: ${skipped}`;
  });
}

describe('A decision about fires that are due', () => {
  it('makes a job of one that is due now', () => {
    expect(decide()).to.deep.equal({
      outcomes: [{ plannedAt: NOW, dueAt: NOW, job: { alone: false } }],
      replaced: [],
    });
  });

  it('tells of the missed ones behind one that comes again after a step back', () => {
    const [first = 0, until = 0, latest = 0] = minutes(60, 10, 0);
    const isRecorded = (at: number) => at === first;
    const due = { latest: [latest], earlier: { from: first, until, count: 6 } };
    const [missedOnes] = decide({ due, isRecorded }).outcomes;
    expect(missedOnes).to.deep.include({ plannedAt: first + 1, untilAt: until, count: 5 });
    const alone = { latest: [latest], earlier: { from: first, until: first, count: 1 } };
    expect(told(decide({ due: alone, isRecorded }))).to.deep.equal(['0: job']);
  });

  it('counts lateness from when a fire was to be made, jitter included', () => {
    const asked = {
      due: { latest: minutes(3), earlier: null },
      missed: { policy: 'skip', upTo: 1, withinMs: MINUTE_MS },
    } as const;
    expect(told(decide(asked))).to.deep.equal(['3: missed by more than 1 minute']);
    expect(decide({ ...asked, firstDueAt: NOW - MINUTE_MS }).outcomes).to.deep.equal([
      { plannedAt: NOW - 3 * MINUTE_MS, dueAt: NOW - MINUTE_MS, job: { alone: false } },
    ]);
  });

  describe('that were missed', () => {
    const [from, until] = minutes(30, 10) as [number, number];

    it('has the latest stand for all', () => {
      const due = { latest: minutes(5), earlier: { from, until, count: 5 } };
      expect(told(decide({ due }))).to.deep.equal([`30-10 (5): ${ONE_MISSED}`, '5: job']);
    });

    it('tells one alone without a range, and many without their number where it is not known', () => {
      expect(
        told(decide({ due: { latest: minutes(5), earlier: { from, until: from, count: 1 } } })),
      ).to.deep.equal([`30: ${ONE_MISSED}`, '5: job']);
      expect(
        told(decide({ due: { latest: minutes(5), earlier: { from, until, count: null } } })),
      ).to.deep.equal([`30-10 (some): ${ONE_MISSED}`, '5: job']);
    });

    it('makes none of those beyond the window', () => {
      const due = { latest: minutes(5), earlier: { from, until, count: 5 } };
      const withinMs = 299_000;
      expect(told(decide({ due, missed: { policy: 'run-once', upTo: 1, withinMs } }))).to.deep.equal([
        '30-5 (6): missed by more than 299 seconds',
      ]);
      expect(
        told(decide({ due, missed: { policy: 'run-once', upTo: 1, withinMs: withinMs + 1000 } })),
      ).to.deep.equal([`30-10 (5): ${ONE_MISSED}`, '5: job']);
    });

    it('makes those that were just missed with "skip" too, but only the latest', () => {
      const missed = { policy: 'skip', upTo: 1, withinMs: MINUTE_MS } as const;
      const due = { latest: minutes(0.5), earlier: { from, until, count: 20 } };
      expect(told(decide({ due, missed }))).to.deep.equal(['30-10 (20): missed', '0.5: job']);
    });

    it('makes the latest with "run-all", up to so many and within its window', () => {
      const latest = minutes(4, 3, 2);
      const missed = { policy: 'run-all', upTo: 3, withinMs: null } as const;
      const due = { latest, earlier: { from, until, count: 2 } };
      expect(told(decide({ due, missed }))).to.deep.equal([
        '30-10 (2): missed: only the latest 3 are made up for',
        ...['4: job', '3: job', '2: job'],
      ]);
      expect(told(decide({ due, missed: { ...missed, withinMs: 3 * MINUTE_MS } }))).to.deep.equal([
        '30-4 (3): missed by more than 3 minutes',
        ...['3: job', '2: job'],
      ]);
      expect(
        told(decide({ due: { latest, earlier: null }, missed: { ...missed, withinMs: 3 * MINUTE_MS } })),
      ).to.deep.equal(['4: missed by more than 3 minutes', '3: job', '2: job']);
    });
  });

  describe('while jobs of the schedule wait or run', () => {
    it('leaves them alone with "allow"', () => {
      expect(decide({ active: [RUNNING, PENDING] })).to.deep.equal(decide());
    });

    it('says which job is in the way with "skip"', () => {
      expect(told(decide({ overlap: 'skip', active: [RUNNING, PENDING] }))).to.deep.equal([
        '0: job "r" runs still',
      ]);
      expect(told(decide({ overlap: 'skip', active: [PENDING] }))).to.deep.equal(['0: job "p" waits still']);
    });

    it('has one wait, alone, with "queue-one"', () => {
      expect(decide({ overlap: 'queue-one', active: [RUNNING] }).outcomes).to.deep.equal([
        { plannedAt: NOW, dueAt: NOW, job: { alone: true } },
      ]);
      expect(told(decide({ overlap: 'queue-one', active: [RUNNING, PENDING] }))).to.deep.equal([
        '0: job "p" waits still',
      ]);
    });

    it('ends them all with "replace", and has the new one wait for that', () => {
      expect(decide({ overlap: 'replace', active: [RUNNING, PENDING] })).to.deep.equal({
        outcomes: [{ plannedAt: NOW, dueAt: NOW, job: { alone: true } }],
        replaced: [RUNNING, PENDING],
      });
    });

    it('ends none with "replace" where it makes none', () => {
      const late = { due: { latest: minutes(5), earlier: null }, overlap: 'replace' } as const;
      const missed = { policy: 'skip', upTo: 1, withinMs: MINUTE_MS } as const;
      expect(decide({ ...late, missed, active: [RUNNING] }).replaced).to.deep.equal([]);
    });

    it('has several that were missed find each other', () => {
      const due = { latest: minutes(3, 2, 1), earlier: null };
      const missed = { policy: 'run-all', upTo: 3, withinMs: null } as const;
      const toldWith = (overlap: FiresToDecide['overlap']) => told(decide({ due, missed, overlap }));
      expect(toldWith('allow')).to.deep.equal(['3: job', '2: job', '1: job']);
      for (const overlap of ['skip', 'queue-one'] as const)
        expect(toldWith(overlap)).to.deep.equal(['3: job', `2: ${WAITS}`, `1: ${WAITS}`]);
      const replaced = 'replaced by a later fire';
      expect(toldWith('replace')).to.deep.equal([`3: ${replaced}`, `2: ${replaced}`, '1: job']);
    });
  });

  it('makes no more jobs than are left, and has nothing to say of what follows the last', () => {
    const due = { latest: minutes(3, 2, 1), earlier: null };
    const missed = { policy: 'run-all', upTo: 3, withinMs: null } as const;
    expect(told(decide({ due, missed, runsLeft: 2 }))).to.deep.equal(['3: job', '2: job']);
  });

  it('has each fire in one outcome, in their order, whatever the rules', () => {
    const asked = fc.record({
      agos: fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 20 }),
      upTo: fc.integer({ min: 1, max: 10 }),
      policy: fc.constantFrom('run-once', 'skip', 'run-all'),
      withinMs: fc.option(fc.nat(1000 * MINUTE_MS)),
      overlap: fc.constantFrom(...OVERLAPS),
      active: fc.subarray([RUNNING, PENDING]),
      runsLeft: fc.option(fc.integer({ min: 1, max: 10 })),
    });
    fc.assert(
      fc.property(asked, ({ agos, upTo, policy, ...rest }) => {
        const all = minutes(...agos.sort((a, b) => b - a));
        const latest = all.slice(-upTo);
        const before = all.slice(0, all.length - latest.length);
        const [from, until] = [before[0], before.at(-1)];
        const earlier =
          from === undefined || until === undefined ? null : { from, until, count: before.length };
        const { outcomes } = decide({
          ...{ due: { latest, earlier }, firstDueAt: all[0] ?? NOW },
          ...{ missed: { policy, upTo, withinMs: rest.withinMs } },
          ...rest,
        });
        const covered = outcomes.flatMap((outcome) => {
          const untilAt = 'untilAt' in outcome ? (outcome.untilAt ?? null) : null;
          if (untilAt === null) return [outcome.plannedAt];
          const those = all.filter((at) => at >= outcome.plannedAt && at <= untilAt);
          expect('count' in outcome && outcome.count).to.equal(those.length);
          return those;
        });
        const made = outcomes.filter((outcome) => 'job' in outcome).length;
        expect(made).to.be.at.most(rest.runsLeft ?? all.length);
        // The last run ends the schedule: what follows it is no fire of it.
        const called = made === rest.runsLeft ? all.slice(0, covered.length) : all;
        expect(covered).to.deep.equal(called);
        const outcome = outcomes.at(-1);
        if (made > 0 && made === rest.runsLeft) expect(outcome).to.have.property('job');
      }),
    );
  });
});

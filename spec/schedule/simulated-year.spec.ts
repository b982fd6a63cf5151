import { expect } from 'chai';
import { SEED } from './recurrence/seed.ts';
import { accountFor, type Account } from './simulated-year/account.ts';
import { World } from './simulated-year/world.ts';

const SCHEDULES = 5000;

describe('A year of a daemon with many schedules', () => {
  it('accounts exactly once for each fire that the rules call for', function () {
    this.timeout(240_000);
    const world = new World(SEED);
    world.live(SCHEDULES);
    const all: Account = { called: 0, onTime: 0, late: 0, skipped: new Map(), faults: [] };
    for (const [id, deeds] of world.deeds) {
      const schedule = world.store.schedule(id);
      if (schedule === null) throw new Error(`schedule "${id}" is gone`);
      const account = accountFor({
        ...{ schedule, deeds, stretches: world.stretches },
        decisions: world.store.decisions.get(id) ?? [],
        runs: world.store.runs.get(id) ?? [],
      });
      all.called += account.called;
      all.onTime += account.onTime;
      all.late += account.late;
      for (const [reason, count] of account.skipped)
        all.skipped.set(reason, (all.skipped.get(reason) ?? 0) + count);
      all.faults.push(...account.faults);
    }
    const skipped = [...all.skipped].sort().map(([reason, count]) => `${count} ${reason}`);
    process.stdout.write(
      `  a year, FC_SEED=${SEED}: ${world.deeds.size} schedules called for ${all.called} fires: ${all.onTime} on time, ` +
        `${all.late} late, skipped: ${skipped.join(', ')}\n`,
    );
    expect(all.faults.slice(0, 5), `${all.faults.length} faults, seed ${SEED}`).to.deep.equal([]);
    expect(world.told).to.equal(all.onTime + all.late);
    expect(world.logged).to.deep.equal([
      'the wall clock was stepped back',
      'the wall clock was stepped back',
    ]);
    expect(all.called).to.be.greaterThan(8 * SCHEDULES);
    for (const reason of ['missed: the latest', 'missed by', 'missed: only', 'runs still', 'waits still'])
      expect(skipped.join()).to.contain(reason);
  });
});

import { accountFires, type FireAccount } from './account-fires.ts';
import { accountJobs, type JobAccount } from './account-jobs.ts';
import type { Remembered } from './remembered.ts';
import type { Story } from './story.ts';

/** What became of everything, and what should not have been. */
export interface Account {
  story: Story;
  fires: FireAccount[];
  jobs: JobAccount;
  /** In words; none if all is well. */
  faults: string[];
}

/** Compares what the daemon remembers with what should have been. */
export function account(remembered: Remembered, story: Story): Account {
  const fires: FireAccount[] = [];
  const faults = [...story.faults];
  for (const [id, rule] of story.schedules) {
    const schedule = remembered.schedules.find((each) => each.id === id);
    if (schedule === undefined) faults.push(`schedule ${id}, "${rule.when}": it is gone`);
    else {
      const ofSchedule = <T extends { scheduleId: string | null }>(all: readonly T[]) =>
        all.filter(({ scheduleId }) => scheduleId === id);
      const made = { fires: ofSchedule(remembered.fires), jobs: ofSchedule(remembered.jobs) };
      fires.push(accountFires(schedule, rule, made, story.outages));
    }
  }
  const jobs = accountJobs(remembered, story);
  return { story, fires, jobs, faults: [...faults, ...fires.flatMap((each) => each.faults), ...jobs.faults] };
}

import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import type { JobRequest } from '../jobs/job.ts';
import type { JobService } from '../jobs/job-service.ts';
import { firstFire } from './next-fire.ts';
import type { Recurrence } from './recurrence.ts';
import type { Schedule } from './schedule.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { Scheduler } from './scheduler.ts';
import { parseSpec } from './spec.ts';

export interface ScheduleServiceOptions {
  store: ScheduleStore;
  scheduler: Scheduler;
  jobs: JobService;
  /** IANA name of the daemon's time zone. */
  zone: string;
  random: () => number;
  clock: Clock;
}

/** What people do with schedules. */
export class ScheduleService {
  readonly #options: ScheduleServiceOptions;

  constructor(options: ScheduleServiceOptions) {
    this.#options = options;
  }

  /**
   * Makes a job for `now`, else a schedule.
   * @param by name of who asks
   * @returns the UUID of the job or the schedule
   * @throws UserError `invalid` for a bad spec, `not-found` for an unknown project or spider
   */
  submit(when: string, request: JobRequest, by?: string): { id: string } {
    const spec = parseSpec(when);
    if (spec.kind !== 'now') return this.#schedule(when, spec, request);
    return this.#options.jobs.submit(request, by === undefined ? {} : { by });
  }

  /**
   * Cancels a schedule; the jobs it made are left alone.
   * @returns false when there is no such schedule
   * @throws UserError `conflict` when it is canceled already
   */
  cancel(id: string): boolean {
    const { store, scheduler, clock } = this.#options;
    const schedule = store.schedule(id);
    if (schedule === null) return false;
    if (schedule.state === 'CANCELED') {
      throw new UserError('conflict', `Job "${id}" is not active: it is CANCELED already.`);
    }
    store.cancelSchedule(id, clock.now());
    scheduler.remove(id);
    return true;
  }

  #schedule(when: string, recurrence: Recurrence, request: JobRequest): Schedule {
    const { store, scheduler, jobs, zone, random, clock } = this.#options;
    jobs.checkUnits(request);
    const now = clock.now();
    const nextFireAt = firstFire(recurrence, { at: now, zone, random });
    const schedule = store.addSchedule({ when: when.trim(), request, nextFireAt }, now);
    scheduler.add(schedule);
    return schedule;
  }
}

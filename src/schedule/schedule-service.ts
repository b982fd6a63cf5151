import type { Clock } from '../clock.ts';
import { UserError } from '../errors.ts';
import type { Job, JobRequest } from '../jobs/job.ts';
import type { JobService } from '../jobs/job-service.ts';
import { checkRules } from './check-rules.ts';
import { parseMissed } from './fires/missed-rule.ts';
import { neverFires } from './plan/never-fires.ts';
import { planOf, type Plan } from './plan/plan.ts';
import { firstFire, nextFire, type PlannedFire } from './plan/planned-fires.ts';
import { NO_RULES, type Schedule, type ScheduleRules } from './schedule.ts';
import type { ScheduleChange, ScheduleStore } from './schedule-store.ts';
import type { Scheduler } from './scheduler.ts';

export interface ScheduleServiceOptions {
  store: ScheduleStore;
  scheduler: Scheduler;
  jobs: JobService;
  /** IANA name of the daemon's time zone. */
  zone: string;
  random: () => number;
  clock: Clock;
}

/** What is asked for: when, by what rules, and what is to be run. */
export interface ScheduleRequest {
  when: string;
  rules: ScheduleRules;
  request: JobRequest;
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
   * @throws UserError `invalid` for a bad spec or rule, `not-found` for an unknown project or spider
   */
  submit(asked: ScheduleRequest, by?: string): { id: string } {
    if (this.planOf(asked) !== 'now') return this.add(asked);
    const { rules, request } = asked;
    const rule = Object.entries(rules).find(
      ([name, value]) => value !== NO_RULES[name as keyof ScheduleRules],
    );
    if (rule !== undefined) {
      throw new UserError(
        'invalid',
        `The rule "${ruleName(rule[0])}" is one of schedules, but "now" means one job at once: leave it out, or give a spec such as "every day at 10:30".`,
      );
    }
    return this.#options.jobs.submit(request, by === undefined ? {} : { by });
  }

  /**
   * Makes a schedule.
   * @throws UserError as {@link ScheduleService.submit}, and `invalid` for `now`
   */
  add(asked: ScheduleRequest): Schedule {
    const { store, scheduler, jobs, clock } = this.#options;
    jobs.checkUnits(asked.request);
    const now = clock.now();
    const next = this.#firstFire(asked, now);
    const schedule = store.addSchedule({ ...asked, when: asked.when.trim(), next }, now);
    store.afterCommit(() => {
      scheduler.expect(schedule);
    });
    return schedule;
  }

  /**
   * Changes a schedule; a missing field stays. What it has done is kept. Where its times change, they count from now.
   * @throws UserError `not-found`, `invalid`, or `conflict` when it is canceled
   */
  edit(id: string, asked: Partial<ScheduleRequest>): Schedule {
    const before = this.#caughtUp(id);
    if (before.state === 'CANCELED') throw notActive(before);
    const after = { ...before, ...asked, when: (asked.when ?? before.when).trim() };
    if (after.request.project !== before.request.project) {
      throw new UserError(
        'invalid',
        `A schedule stays in its project, "${before.request.project}": make another one.`,
      );
    }
    this.#options.jobs.checkUnits(after.request);
    return this.#change(id, {
      ...{ when: after.when, rules: after.rules },
      ...(asked.request === undefined ? {} : { request: asked.request }),
      ...this.#replanned(before, after),
    });
  }

  /**
   * Halts a schedule; fires until it is resumed are no fires of it. One that is halted stays so.
   * @throws UserError `not-found`, or `conflict` when it is over or faulty
   */
  pause(id: string): Schedule {
    const schedule = this.#caughtUp(id);
    if (schedule.state === 'PAUSED') return schedule;
    if (schedule.state !== 'SCHEDULED') throw notActive(schedule);
    return this.#change(id, { state: 'PAUSED', nextFireAt: null });
  }

  /**
   * Lets a schedule that is paused or faulty go on with the next fire of its plan. One that goes on already does.
   * @throws UserError `not-found`, `invalid` when its spec cannot be read, or `conflict` when it is over
   */
  resume(id: string): Schedule {
    const schedule = this.#existing(id);
    if (schedule.state === 'SCHEDULED') return schedule;
    if (schedule.state !== 'PAUSED' && schedule.state !== 'FAULTY') throw notActive(schedule);
    return this.#change(id, this.#resumed(schedule));
  }

  /**
   * Makes a job of a schedule at once, whatever its rules say; where they do not allow two at a time, it waits for the
   * one that runs. It is none of the schedule's fires and does not count among its runs.
   * @throws UserError `not-found`, or `conflict` when it is canceled
   */
  run(id: string, by?: string): Job {
    const schedule = this.#existing(id);
    if (schedule.state === 'CANCELED') throw notActive(schedule);
    const { request, rules } = schedule;
    const names = { scheduleId: id, alone: rules.overlap !== 'allow', ...(by === undefined ? {} : { by }) };
    return this.#options.jobs.submit(request, names);
  }

  /**
   * Cancels a schedule; the jobs it made are left alone.
   * @returns false when there is no such schedule
   * @throws UserError `conflict` when it is over already
   */
  cancel(id: string): boolean {
    if (this.#options.store.schedule(id) === null) return false;
    const schedule = this.#caughtUp(id);
    if (schedule.state === 'CANCELED' || schedule.state === 'ENDED') throw notActive(schedule);
    this.#change(id, { state: 'CANCELED', nextFireAt: null });
    return true;
  }

  /**
   * When a spec and its rules fire.
   * @returns `now` for a spec that means one job at once
   * @throws UserError `invalid`
   */
  planOf({ when, rules }: Pick<ScheduleRequest, 'when' | 'rules'>): Plan | 'now' {
    checkRules(rules);
    parseMissed(rules.missed);
    return planOf({ when, rules }, this.#options.zone);
  }

  #change(id: string, change: ScheduleChange): Schedule {
    const { store, scheduler, clock } = this.#options;
    const schedule = store.changeSchedule(id, change, clock.now());
    scheduler.expect(schedule);
    return schedule;
  }

  #existing(id: string): Schedule {
    const schedule = this.#options.store.schedule(id);
    if (schedule === null) throw new UserError('not-found', `Unknown schedule "${id}".`);
    return schedule;
  }

  /** A schedule whose fires up to now are made: what follows is about those to come. */
  #caughtUp(id: string): Schedule {
    this.#options.scheduler.catchUp(id);
    return this.#existing(id);
  }

  #checkRuns({ rules, runs }: Schedule): void {
    if (rules.maxRuns === null || rules.maxRuns > runs) return;
    throw new UserError(
      'invalid',
      `"max_runs" must be more than the runs that the schedule has made, ${runs}, not "${rules.maxRuns}": cancel it to end it.`,
    );
  }

  /** What an edit makes of the state and the next fire. */
  #replanned(before: Schedule, after: Schedule): ScheduleChange {
    if (before.state !== 'FAULTY' && timesOf(before) === timesOf(after)) {
      this.planOf(after);
      if (before.rules.maxRuns === after.rules.maxRuns) return {};
      this.#checkRuns(after);
      return before.state === 'ENDED' ? this.#resumed(after) : {};
    }
    this.#checkRuns(after);
    const now = this.#options.clock.now();
    const { plannedAt, dueAt } = this.#firstFire(after, now);
    const isPaused = before.state === 'PAUSED';
    return {
      ...{ state: isPaused ? 'PAUSED' : 'SCHEDULED', reason: null, anchorAt: now, plannedAt },
      nextFireAt: isPaused ? null : dueAt,
    };
  }

  /** The next fire of its plan, from now on. */
  #resumed(schedule: Schedule): ScheduleChange {
    const { clock, random } = this.#options;
    const plan = this.#requirePlan(schedule);
    const { anchorAt, plannedAt } = schedule;
    const now = clock.now();
    const next =
      plannedAt > now
        ? { plannedAt, dueAt: plannedAt }
        : nextFire(plan, { anchorAt, plannedAt, after: now, random });
    if (next === null) throw neverFires(schedule.when, plan, now);
    return { state: 'SCHEDULED', reason: null, plannedAt: next.plannedAt, nextFireAt: next.dueAt };
  }

  #firstFire(asked: Pick<ScheduleRequest, 'when' | 'rules'>, now: number): PlannedFire {
    const plan = this.#requirePlan(asked);
    const next = firstFire(plan, { at: now, random: this.#options.random });
    if (next === null) throw neverFires(asked.when, plan, now);
    return next;
  }

  #requirePlan(asked: Pick<ScheduleRequest, 'when' | 'rules'>): Plan {
    const plan = this.planOf(asked);
    if (plan !== 'now') return plan;
    throw new UserError(
      'invalid',
      '"now" is no schedule: run the spider once instead, or give a spec such as "every day at 10:30".',
    );
  }
}

/** What decides about times: where this stays, a schedule goes on as planned. */
function timesOf({ when, rules: { zone, from, until, except, jitter } }: Schedule): string {
  return JSON.stringify([when, zone, from, until, except, jitter]);
}

function ruleName(name: string): string {
  return name === 'maxRuns' ? 'max_runs' : name;
}

function notActive({ id, state }: Schedule): UserError {
  return new UserError('conflict', `Schedule "${id}" is not active: it is ${state} already.`);
}

import { toError } from '../../errors.ts';
import type { Job } from '../../jobs/job.ts';
import type { Log } from '../../log.ts';
import { checkRules } from '../check-rules.ts';
import { planOf, type Plan } from '../plan/plan.ts';
import { pullIn } from '../plan/planned-fires.ts';
import type { Schedule } from '../schedule.ts';
import type { FireStore } from '../schedule-store.ts';
import { parseMissed, type MissedRule } from './missed-rule.ts';
import { settleFires } from './settle-fires.ts';

export interface FireMakerOptions {
  store: FireStore;
  /** A number from 0 up to, but without, 1. */
  random: () => number;
  /** IANA name of the zone of schedules that name none. */
  zone: string;
  /**
   * Ends jobs that a new one takes the place of, in the transaction that makes it.
   * @returns what carries that out once the transaction is committed
   */
  replace: (jobs: readonly Job[]) => () => void;
  log: Log;
}

/** What came of a look at a schedule, to be carried out once it is committed. */
export interface Made {
  /** When to look again; null for never. */
  nextAt: number | null;
  jobs: readonly Job[];
  carryOut: () => void;
}

const NOTHING: Made = { nextAt: null, jobs: [], carryOut: () => undefined };

/** The store could not be read, which is not the fault of a schedule. */
class Unread extends Error {}

/** Makes what is due of one schedule, in whatever transaction it is called in. A schedule that has a fault is halted. */
export class FireMaker {
  readonly #options: FireMakerOptions;

  constructor(options: FireMakerOptions) {
    this.#options = options;
  }

  /**
   * When a schedule fires next; null for never. No interval is longer than itself, whatever the wall clock has done.
   * @throws what the store throws
   */
  nextAt(schedule: Schedule, now: number): number | null {
    const { id, plannedAt, nextFireAt } = schedule;
    if (nextFireAt === null) return null;
    const planned = { plannedAt, dueAt: nextFireAt };
    const fire = this.#compute(schedule, now, (plan) => pullIn(plan, planned, now));
    if (fire === null) return null;
    if (fire !== planned) {
      const change = { plannedAt: fire.plannedAt, nextFireAt: fire.dueAt };
      this.#options.store.changeSchedule(id, change, now);
    }
    return fire.dueAt;
  }

  /**
   * Makes what is due of a schedule, if it still is.
   * @throws what the store throws
   */
  make(schedule: Schedule | null, now: number): Made {
    if (schedule?.state !== 'SCHEDULED' || schedule.nextFireAt === null) return NOTHING;
    if (schedule.nextFireAt > now) return { ...NOTHING, nextAt: this.nextAt(schedule, now) };
    const { store, random, replace } = this.#options;
    const { nextFireAt: dueAt, rules } = schedule;
    const active = rules.overlap === 'allow' ? [] : store.activeOf(schedule.id);
    const isRecorded = (at: number) => {
      try {
        return store.isRecorded(schedule, at);
      } catch (error) {
        throw new Unread(toError(error).message, { cause: error });
      }
    };
    const settled = this.#compute(schedule, now, (plan, missed) =>
      settleFires(schedule, { plan, missed, dueAt, isRecorded, active, now, random }),
    );
    if (settled === null) return NOTHING;
    const { outcomes, replaced, next } = settled;
    const carryOut = replace(replaced);
    const jobs = store.makeFires({ schedule, outcomes, next, now });
    return { nextAt: 'ended' in next ? null : next.dueAt, jobs, carryOut };
  }

  /** Null for a schedule that cannot be understood: it is halted, and says so; the others go on. */
  #compute<T>(schedule: Schedule, now: number, work: (plan: Plan, missed: MissedRule) => T): T | null {
    const { store, zone, log } = this.#options;
    try {
      checkRules(schedule.rules);
      const plan = planOf(schedule, zone);
      if (plan === 'now') throw new Error('"now" is no recurrence');
      return work(plan, parseMissed(schedule.rules.missed));
    } catch (error) {
      if (error instanceof Unread) throw error.cause;
      const reason = toError(error).message;
      store.changeSchedule(schedule.id, { state: 'FAULTY', reason, nextFireAt: null }, now);
      log.error({ schedule: schedule.id, spec: schedule.when, error: reason }, 'a schedule is halted');
      return null;
    }
  }
}

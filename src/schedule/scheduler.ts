import type { Clock } from '../clock.ts';
import { toError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import type { Log } from '../log.ts';
import { checkRules } from './check-rules.ts';
import { parseMissed, type MissedRule } from './fires/missed-rule.ts';
import { settleFires } from './fires/settle-fires.ts';
import { planOf, type Plan } from './plan/plan.ts';
import { pullIn } from './plan/planned-fires.ts';
import type { Schedule } from './schedule.ts';
import type { FireStore } from './schedule-store.ts';
import { StoreOutage } from './store-outage.ts';
import { Alarm } from './time/alarm.ts';
import { TimerWheel } from './time/wheel.ts';

/** How long a fire waits after it could not be stored. */
const RETRY_MS = 5000;
/** After this long the fires still due wait for the event loop's next turn, so that requests are answered. */
const TURN_MS = 50;
/** A fire that is made this much later than it was due is told of in the log. */
const LATE_MS = 60_000;

/** An instant that is past on every clock. */
const AT_ONCE = 0;

export interface SchedulerOptions {
  store: FireStore;
  clock: Clock;
  /** A number from 0 up to, but without, 1. */
  random: () => number;
  /** IANA name of the zone of schedules that name none. */
  zone: string;
  /** A fire has made this job. */
  onJob: (job: Job) => void;
  /**
   * Ends jobs that a new one takes the place of, in the transaction that makes it.
   * @returns what carries that out once the transaction is on disk
   */
  replace: (jobs: readonly Job[]) => () => void;
  log: Log;
}

/** What came of a look at a schedule, to be carried out once it is on disk. */
interface Visited {
  /** When to look again; null for never. */
  nextAt: number | null;
  jobs: readonly Job[];
  carryOut: () => void;
}

const NOTHING: Visited = { nextAt: null, jobs: [], carryOut: () => undefined };

/**
 * Makes each schedule's jobs on time. The store is the truth about every schedule; the wheel only knows when to
 * look at it again, so that a change made beside the daemon is honoured too.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #alarm: Alarm;
  #wheel: TimerWheel;
  /** Ids that are due and have left the wheel. */
  #due: string[] = [];
  #running = false;
  /** The wall clock when it was last read, to notice that it was stepped back. */
  #lastSeen: number;
  readonly #outage: StoreOutage;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#lastSeen = options.clock.now();
    this.#wheel = new TimerWheel(this.#lastSeen);
    this.#outage = new StoreOutage(options.log);
    this.#alarm = new Alarm({
      clock: options.clock,
      nextAt: () => (this.#due.length > 0 ? AT_ONCE : this.#wheel.nextAt()),
      wake: (now) => {
        this.#wake(now);
      },
    });
  }

  /**
   * Waits for every schedule in the store. What was missed while the daemon was down is dealt with at once.
   * @throws what the store throws when it cannot be read
   */
  start(): void {
    if (this.#running) return;
    this.#lastSeen = this.#options.clock.now();
    this.#wheel = new TimerWheel(this.#lastSeen);
    this.#due = [];
    this.#expectAll(this.#lastSeen);
    this.#running = true;
    this.#alarm.arm();
  }

  /** Makes no more fires. */
  stop(): void {
    this.#running = false;
    this.#alarm.disarm();
  }

  /** A schedule is new in the store, or was changed there. */
  expect(schedule: Schedule): void {
    if (!this.#running) return;
    const { id } = schedule;
    this.#wheel.cancel(id);
    const now = this.#options.clock.now();
    this.#guard(id, now, () => {
      this.#expect(schedule, now);
    });
    this.#alarm.arm();
  }

  /**
   * Makes at once what is due of a schedule that is about to be changed: the timers may not have told of it yet, such as
   * after the machine was asleep.
   */
  catchUp(id: string): void {
    if (!this.#running) return;
    const now = this.#options.clock.now();
    this.#guard(id, now, () => {
      this.#visit(id, now);
    });
    this.#alarm.arm();
  }

  #wake(now: number): void {
    if (now < this.#lastSeen) this.#steppedBack(now);
    else this.#lastSeen = now;
    this.#due = this.#due.concat(this.#wheel.advance(now));
    const { clock } = this.#options;
    let visited = 0;
    for (const id of this.#due) {
      this.#guard(id, now, () => {
        this.#visit(id, now);
      });
      visited++;
      if (!this.#running || clock.now() - now >= TURN_MS) break;
    }
    this.#due = this.#due.slice(visited);
    if (this.#running) this.#alarm.arm();
  }

  #steppedBack(now: number): void {
    const { log } = this.#options;
    try {
      this.#expectAll(now);
      log.warn({ from: this.#lastSeen, to: now }, 'the wall clock was stepped back');
      this.#lastSeen = now;
    } catch (error) {
      log.error(
        { error: toError(error).message },
        'the schedules could not be read; trying again when next awake',
      );
    }
  }

  #expectAll(now: number): void {
    // Taken whole before the first is moved, so that no statement stays open under a write.
    for (const schedule of Array.from(this.#options.store.scheduled())) {
      this.#guard(schedule.id, now, () => {
        this.#expect(schedule, now);
      });
    }
  }

  #expect(schedule: Schedule, now: number): void {
    const nextAt = this.#awaited(schedule, now);
    if (nextAt !== null) this.#wheel.insert(schedule.id, nextAt);
  }

  /** When a schedule fires next. No interval is longer than itself, whatever the wall clock has done. */
  #awaited(schedule: Schedule, now: number): number | null {
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

  /** Looks at a schedule that was due when the wheel last heard of it. */
  #visit(id: string, now: number): void {
    const { store } = this.#options;
    const { nextAt, jobs, carryOut } = store.together(() => this.#look(store.schedule(id), now));
    if (nextAt !== null) this.#wheel.insert(id, nextAt);
    // What is on disk is not to be made again, whatever comes of it.
    this.#tell(id, 'the runs that later ones take the place of could not be stopped', carryOut);
    for (const job of jobs) this.#announce(job);
  }

  #look(schedule: Schedule | null, now: number): Visited {
    if (schedule?.state !== 'SCHEDULED' || schedule.nextFireAt === null) return NOTHING;
    if (schedule.nextFireAt > now) return { ...NOTHING, nextAt: this.#awaited(schedule, now) };
    const { store, random, replace } = this.#options;
    const { id, nextFireAt: dueAt, rules } = schedule;
    const active = rules.overlap === 'allow' ? [] : store.activeOf(id);
    const isRecorded = (at: number) => store.isRecorded(schedule, at);
    const settled = this.#compute(schedule, now, (plan, missed) =>
      settleFires(schedule, { plan, missed, dueAt, isRecorded, active, now, random }),
    );
    if (settled === null) return NOTHING;
    const { outcomes, replaced, next } = settled;
    const carryOut = replace(replaced);
    const jobs = store.makeFires({ scheduleId: id, outcomes, next, now });
    return { nextAt: 'ended' in next ? null : next.dueAt, jobs, carryOut };
  }

  #announce(job: Job): void {
    const { onJob, log } = this.#options;
    const details = { schedule: job.scheduleId, job: job.id };
    if (job.lateMs !== null && job.lateMs >= LATE_MS)
      log.warn({ ...details, lateMs: job.lateMs }, 'a fire was late');
    this.#tell(job.id, 'a new job woke nobody', () => {
      onJob(job);
    });
  }

  #tell(about: string, failure: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error({ about, error: toError(error).message }, failure);
    }
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
      const reason = toError(error).message;
      store.changeSchedule(schedule.id, { state: 'FAULTY', reason, nextFireAt: null }, now);
      log.error({ schedule: schedule.id, spec: schedule.when, error: reason }, 'a schedule is halted');
      return null;
    }
  }

  /** Does what needs the store for one schedule; if the store fails, this schedule waits and the others go on. */
  #guard(id: string, now: number, act: () => void): void {
    try {
      act();
      this.#outage.worked(id);
    } catch (error) {
      this.#wheel.insert(id, now + RETRY_MS);
      this.#outage.failed(id, error);
    }
  }
}

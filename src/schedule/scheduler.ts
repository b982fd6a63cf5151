import type { Clock } from '../clock.ts';
import { toError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import type { Log } from '../log.ts';
import { Alarm } from './alarm.ts';
import { nextFire, pullIn } from './next-fire.ts';
import type { Recurrence } from './recurrence.ts';
import type { Schedule } from './schedule.ts';
import type { FireStore } from './schedule-store.ts';
import { parseSpec } from './spec.ts';
import { TimerWheel } from './wheel.ts';

/** How long a fire waits after it could not be stored. */
const RETRY_MS = 5000;
/** After this long the fires still due wait for the event loop's next turn, so that requests are answered. */
const TURN_MS = 50;

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
  log: Log;
}

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
  /** Schedules that wait because the store failed. */
  readonly #waiting = new Set<string>();
  /** What the store failed with since none waited: an outage is logged once, not once for every fire and try. */
  readonly #reported = new Set<string>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#lastSeen = options.clock.now();
    this.#wheel = new TimerWheel(this.#lastSeen);
    this.#alarm = new Alarm({
      clock: options.clock,
      nextAt: () => (this.#due.length > 0 ? AT_ONCE : this.#wheel.nextAt()),
      wake: (now) => {
        this.#wake(now);
      },
    });
  }

  /**
   * Waits for every schedule in the store. What was missed while the daemon was down is fired once, at once.
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

  /** A schedule is new in the store. */
  add(schedule: Schedule): void {
    if (!this.#running) return;
    const now = this.#options.clock.now();
    this.#guard(schedule.id, now, () => {
      this.#expect(schedule, now);
    });
    this.#alarm.arm();
  }

  /** A schedule was canceled. */
  remove(id: string): void {
    if (!this.#running) return;
    this.#wheel.cancel(id);
    this.#settled(id);
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

  /** Puts a schedule into the wheel. No interval is longer than itself, whatever the wall clock has done. */
  #expect(schedule: Schedule, now: number): void {
    const { id, nextFireAt } = schedule;
    if (nextFireAt === null) return;
    const at = this.#decide(schedule, (recurrence) => pullIn(recurrence, { nextFireAt, now }));
    if (at === null) return;
    if (at !== nextFireAt) this.#options.store.moveNextFire(id, at);
    this.#wheel.insert(id, at);
  }

  /** Looks at a schedule that was due when the wheel last heard of it. */
  #visit(id: string, now: number): void {
    const schedule = this.#options.store.schedule(id);
    if (schedule?.state !== 'SCHEDULED' || schedule.nextFireAt === null) return;
    if (schedule.nextFireAt > now) this.#expect(schedule, now);
    else this.#fire(schedule, schedule.nextFireAt, now);
  }

  #fire(schedule: Schedule, fireAt: number, now: number): void {
    const { store, zone, random, onJob, log } = this.#options;
    const { id, anchorAt } = schedule;
    const nextFireAt = this.#decide(schedule, (recurrence) =>
      nextFire(recurrence, { anchorAt, plannedAt: fireAt, after: now, zone: schedule.zone ?? zone, random }),
    );
    if (nextFireAt === null) return;
    const job = store.fire({ scheduleId: id, fireAt, nextFireAt, now });
    this.#wheel.insert(id, nextFireAt);
    if (job === null) return;
    try {
      onJob(job);
    } catch (error) {
      log.error({ schedule: id, job: job.id, error: toError(error).message }, 'a new job woke nobody');
    }
  }

  /** Null, and a line in the log, for a schedule that cannot be understood: it is left out, the others go on. */
  #decide(schedule: Schedule, when: (recurrence: Recurrence) => number): number | null {
    const { id, when: spec } = schedule;
    try {
      const recurrence = parseSpec(spec);
      if (recurrence.kind === 'now') throw new Error('"now" is no recurrence');
      return when(recurrence);
    } catch (error) {
      this.#options.log.error(
        { schedule: id, spec, error: toError(error).message },
        'a schedule is left out',
      );
      return null;
    }
  }

  /** Does what needs the store for one schedule; if the store fails, this schedule waits and the others go on. */
  #guard(id: string, now: number, act: () => void): void {
    try {
      act();
      this.#settled(id);
    } catch (error) {
      this.#wheel.insert(id, now + RETRY_MS);
      this.#waiting.add(id);
      const { message } = toError(error);
      if (this.#reported.has(message)) return;
      this.#reported.add(message);
      this.#options.log.error({ schedule: id, error: message }, 'a fire cannot be stored; trying every 5 s');
    }
  }

  #settled(id: string): void {
    if (!this.#waiting.delete(id) || this.#waiting.size > 0) return;
    this.#reported.clear();
    this.#options.log.info({}, 'no fire waits for the store any more');
  }
}

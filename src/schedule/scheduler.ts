import type { Clock } from '../clock.ts';
import { toError } from '../errors.ts';
import type { Job } from '../jobs/job.ts';
import { FireMaker, type FireMakerOptions, type Made } from './fires/fire-maker.ts';
import type { Schedule } from './schedule.ts';
import { StoreOutage } from './store-outage.ts';
import { Alarm } from './time/alarm.ts';
import { Pages } from './time/pages.ts';
import { TimerWheel } from './time/wheel.ts';

/** How long a fire waits after it could not be stored. */
const RETRY_MS = 5000;
/** After this long what is still due waits for the event loop's next turn, so that requests are answered. */
const TURN_MS = 10;
/** How many schedules are read at once to know when they are due, and how many to look at their plans. */
const LOADED_AT_ONCE = 2000;
const REVIEWED_AT_ONCE = 100;
/** A fire that is made this much later than it was due is told of in the log. */
const LATE_MS = 60_000;

/** An instant that is past on every clock. */
const AT_ONCE = 0;

export interface SchedulerOptions extends FireMakerOptions {
  clock: Clock;
  /** Fires have made these jobs. */
  onJobs: (jobs: readonly Job[]) => void;
}

/** A schedule that was looked at. */
interface Visited extends Made {
  id: string;
}

/**
 * Makes each schedule's jobs on time. What is due at once shares a transaction. The store is the truth about every
 * schedule; the wheel only knows when to look at it again, so that a change made beside the daemon is honoured too.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #maker: FireMaker;
  readonly #alarm: Alarm;
  #wheel: TimerWheel;
  /** Ids that are due and have left the wheel. */
  #due: string[] = [];
  /** How many of them, from the first on, failed together: they are tried one by one. */
  #apart = 0;
  readonly #pages: Pages;
  /** Not all schedules are in the wheel yet. */
  #loading = false;
  #running = false;
  /** The wall clock when it was last read, to notice that it was stepped back. */
  #lastSeen: number;
  readonly #outage: StoreOutage;
  /** The disk has failed, and that is told of. */
  #isUnsynced = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#maker = new FireMaker(options);
    this.#lastSeen = options.clock.now();
    this.#wheel = new TimerWheel(this.#lastSeen);
    this.#outage = new StoreOutage(options.log);
    this.#pages = new Pages({
      clock: options.clock,
      onFault: (error) => {
        options.log.error(
          { error: toError(error).message },
          'the schedules could not be read; trying again in 5 s',
        );
      },
    });
    this.#alarm = new Alarm({
      clock: options.clock,
      nextAt: () => (this.#due.length > 0 ? AT_ONCE : this.#wheel.nextAt()),
      wake: (now) => {
        this.#wake(now);
      },
    });
  }

  /**
   * Waits for every schedule in the store. What was missed while the daemon was down is dealt with at once; of very many
   * schedules the later ones follow in turns, and after them a look at the plans of all.
   * @throws what the store throws when it cannot be read
   */
  start(): void {
    if (this.#running) return;
    this.#lastSeen = this.#options.clock.now();
    this.#wheel = new TimerWheel(this.#lastSeen);
    this.#due = [];
    this.#apart = 0;
    this.#loading = true;
    this.#pages.begin((after) => this.#load(after), 0);
    this.#running = true;
    this.#alarm.arm();
  }

  /** Makes no more fires. */
  stop(): void {
    this.#running = false;
    this.#alarm.disarm();
    this.#pages.stop();
  }

  /** A schedule is new in the store, or was changed there. */
  expect(schedule: Schedule): void {
    if (!this.#running) return;
    this.#expect(schedule, this.#options.clock.now());
    this.#alarm.arm();
  }

  /**
   * Makes at once what is due of a schedule that is about to be changed: the timers may not have told of it yet, such as
   * after the machine was asleep.
   */
  catchUp(id: string): void {
    if (!this.#running) return;
    this.#visit([id], this.#options.clock.now());
    this.#alarm.arm();
  }

  #wake(now: number): void {
    if (now < this.#lastSeen) this.#steppedBack(now);
    else this.#lastSeen = now;
    this.#due = this.#due.concat(this.#wheel.advance(now));
    this.#makeDue();
    if (this.#running) this.#alarm.arm();
  }

  #makeDue(): void {
    const { clock } = this.#options;
    const end = clock.now() + TURN_MS;
    while (this.#running && this.#due.length > 0) {
      const isApart = this.#apart > 0;
      const done = this.#visit(isApart ? this.#due.slice(0, 1) : this.#due, end);
      this.#due = this.#due.slice(done);
      if (isApart) this.#apart--;
      if (clock.now() >= end) break;
    }
  }

  #steppedBack(now: number): void {
    const { log } = this.#options;
    try {
      // A review follows the load, which is quicker.
      if (!this.#loading) this.#pages.begin((after) => this.#review(after), TURN_MS);
      log.warn({ from: this.#lastSeen, to: now }, 'the wall clock was stepped back');
      this.#lastSeen = now;
    } catch (error) {
      log.error(
        { error: toError(error).message },
        'the schedules could not be read; trying again when next awake',
      );
    }
  }

  /** Waits for a page of schedules, as they were planned: that is quick, so that none is late after a start. */
  #load(after: number): number | null {
    const page = this.#options.store.expected({ after, limit: LOADED_AT_ONCE });
    for (const { id, nextFireAt } of page) this.#wheel.insert(id, nextFireAt);
    if (this.#running) this.#alarm.arm();
    const last = page.length < LOADED_AT_ONCE ? undefined : page.at(-1);
    if (last !== undefined) return last.seq;
    this.#loading = false;
    this.#pages.begin((from) => this.#review(from), TURN_MS);
    return null;
  }

  /** Looks whether a page of schedules can be understood, and fires no later than it may. */
  #review(after: number): number | null {
    const { store, clock } = this.#options;
    const end = clock.now() + TURN_MS;
    const page = store.scheduled({ after, limit: REVIEWED_AT_ONCE });
    let last: number | null = null;
    for (const schedule of page) {
      this.#expect(schedule, clock.now());
      last = schedule.seq;
      if (clock.now() >= end) break;
    }
    if (this.#running) this.#alarm.arm();
    const isAll = page.length < REVIEWED_AT_ONCE && last === page.at(-1)?.seq;
    return isAll ? null : last;
  }

  #expect(schedule: Schedule, now: number): void {
    const { id } = schedule;
    try {
      const nextAt = this.#maker.nextAt(schedule, now);
      if (nextAt === null) this.#wheel.cancel(id);
      else this.#wheel.insert(id, nextAt);
      this.#outage.worked(id);
    } catch (error) {
      this.#wait(id, error);
    }
  }

  /**
   * Looks at schedules that were due when the wheel last heard of them, in one transaction; the first of them until
   * `end`, but at least one. The event loop does not wait for the disk: fires that a power cut takes back are made again,
   * and a run waits for the disk itself.
   * @returns how many are done with
   */
  #visit(ids: readonly string[], end: number): number {
    const { store, clock } = this.#options;
    let begun = 0;
    try {
      const visited = store.unsynced(() => {
        const visited: Visited[] = [];
        for (const id of ids) {
          begun++;
          visited.push({ id, ...this.#maker.make(store.schedule(id), clock.now()) });
          if (clock.now() >= end) break;
        }
        return visited;
      });
      this.#carryOut(visited);
      this.#sync();
    } catch (error) {
      if (begun > 1) {
        // It is that of one of them, perhaps, and the others are not to suffer for it.
        this.#apart = begun;
        return 0;
      }
      // Where not even a transaction could begin, all wait.
      if (begun === 0) begun = ids.length;
      for (const id of ids.slice(0, begun)) this.#wait(id, error);
    }
    return begun;
  }

  #sync(): void {
    const { store, log } = this.#options;
    store.sync().then(
      () => {
        this.#isUnsynced = false;
      },
      (error: unknown) => {
        if (!this.#isUnsynced) log.error({ error: toError(error).message }, 'fires may not be on disk');
        this.#isUnsynced = true;
      },
    );
  }

  /** What is made is not to be made again, whatever comes of it: nothing here throws. */
  #carryOut(visited: readonly Visited[]): void {
    for (const { id, nextAt, carryOut } of visited) {
      this.#outage.worked(id);
      if (nextAt !== null) this.#wheel.insert(id, nextAt);
      this.#tell(id, 'the runs that later ones take the place of could not be stopped', carryOut);
    }
    this.#announce(visited.flatMap(({ jobs }) => jobs));
  }

  #announce(jobs: readonly Job[]): void {
    const { onJobs, log } = this.#options;
    for (const { id, scheduleId, lateMs } of jobs) {
      if (lateMs !== null && lateMs >= LATE_MS)
        log.warn({ schedule: scheduleId, job: id, lateMs }, 'a fire was late');
    }
    const [first] = jobs;
    if (first === undefined) return;
    this.#tell(first.id, 'new jobs woke nobody', () => {
      onJobs(jobs);
    });
  }

  #tell(about: string, failure: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error({ about, error: toError(error).message }, failure);
    }
  }

  /** The store has failed for this schedule, which waits; the others go on. */
  #wait(id: string, error: unknown): void {
    this.#wheel.insert(id, this.#options.clock.now() + RETRY_MS);
    this.#outage.failed(id, error);
  }
}

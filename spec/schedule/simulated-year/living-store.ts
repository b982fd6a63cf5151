import type { Job } from '../../../src/jobs/job.ts';
import type { MadeFires } from '../../../src/schedule/schedule-store.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { FakeScheduleStore, type FakeFire } from '../fake-schedule-store.ts';
import { HOUR_MS, SECOND_MS } from './times.ts';
import type { Random } from './random.ts';

/** What was decided at once about fires of a schedule. */
export interface DecidedFires {
  /** On the clock of the timers. */
  passed: number;
  /** By the wall clock. */
  at: number;
  fires: readonly FakeFire[];
}

/** A run, on the clock of the timers. */
export interface SimulatedRun {
  jobId: string;
  madeAt: number;
  startAt: number;
  endAt: number;
  /** The job, until the store has been told of its end. */
  job: Job | null;
}

/** How long a run that is replaced takes to end. */
export const STOPPING_MS = 10 * SECOND_MS;

/** A store whose jobs run, each for a while, and which keeps all that happened. */
export class LivingStore extends FakeScheduleStore {
  readonly decisions = new Map<string, DecidedFires[]>();
  readonly runs = new Map<string, SimulatedRun[]>();
  readonly #clock: FakeClock;
  readonly #random: Random;

  constructor(clock: FakeClock, random: Random) {
    super();
    this.#clock = clock;
    this.#random = random;
  }

  override makeFires(made: MadeFires): Job[] {
    const known = this.fireCount(made.schedule.id);
    const jobs = super.makeFires(made);
    const fires = this.firesOf(made.schedule.id).slice(known);
    const decided = { passed: this.#clock.passed, at: made.now, fires };
    listIn(this.decisions, made.schedule.id).push(decided);
    for (const job of jobs) this.#run(job);
    return jobs;
  }

  override activeOf(scheduleId: string): Job[] {
    const now = this.#clock.passed;
    for (const run of this.#unended(scheduleId)) {
      if (run.job === null) continue;
      if (run.endAt <= now) {
        this.setJob(run.job, 'SUCCESSFUL');
        run.job = null;
      } else this.setJob(run.job, run.startAt <= now ? 'RUNNING' : 'PENDING');
    }
    return super.activeOf(scheduleId);
  }

  /** Those that run end soon, those that wait at once. */
  replace(jobs: readonly Job[]): void {
    const now = this.#clock.passed;
    for (const { id, scheduleId } of jobs) {
      const run = this.#unended(scheduleId ?? '').find(({ jobId }) => jobId === id);
      if (run === undefined) throw new Error(`job "${id}" is over and cannot be replaced`);
      run.endAt = run.startAt <= now ? Math.min(run.endAt, now + STOPPING_MS) : now;
    }
  }

  /** One that is to be alone starts when the others are over; of others nobody asks how they go on. */
  #run(job: Job): void {
    const now = this.#clock.passed;
    const run = { jobId: job.id, madeAt: now, startAt: now, endAt: now, job: job.alone ? job : null };
    if (job.alone) {
      run.startAt = Math.max(now, ...this.#unended(job.scheduleId ?? '').map(({ endAt }) => endAt));
      const lasts = this.#random.chance(0.2) ? 30 * HOUR_MS : HOUR_MS / 2;
      run.endAt = run.startAt + this.#random.whole(SECOND_MS, lasts);
    } else this.setJob(job, 'SUCCESSFUL');
    listIn(this.runs, job.scheduleId ?? '').push(run);
  }

  #unended(scheduleId: string): SimulatedRun[] {
    return listIn(this.runs, scheduleId)
      .slice(-5)
      .filter(({ job }) => job !== null);
  }
}

function listIn<T>(lists: Map<string, T[]>, key: string): T[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: T[] = [];
  lists.set(key, list);
  return list;
}

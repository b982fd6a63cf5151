import type { Job, JobState } from '../../src/jobs/job.ts';
import type { FireOutcome, FireRecord } from '../../src/schedule/fires/fire.ts';
import { NO_RULES, type Schedule, type ScheduleRules } from '../../src/schedule/schedule.ts';
import type {
  ExpectedFire,
  FireStore,
  MadeFires,
  NewSchedule,
  ScheduleChange,
  SeqPage,
} from '../../src/schedule/schedule-store.ts';
import { aRequest } from '../support/samples.ts';

/** What a spec says of a schedule that is just there. */
export interface PutSchedule {
  anchorAt: number;
  plannedAt: number;
  /** Missing: as planned. */
  nextFireAt?: number | null;
  rules?: Partial<ScheduleRules>;
  state?: Schedule['state'];
}

/** What became of a fire; the state of its job is asked of the store. */
export type FakeFire = Omit<FireRecord, 'job'> & { job: string | null };

/** Remembers as the real store does, also what is taken back, and fails when told to. */
export class FakeScheduleStore implements FireStore {
  readonly #schedules = new Map<string, Schedule>();
  /** By the schedule, then by when it was planned. */
  readonly #fires = new Map<string, Map<number, FakeFire>>();
  /** Those that wait or run, by the schedule. */
  readonly #active = new Map<string, Job[]>();
  #jobsMade = 0;
  /** How to take back what the transaction under way has done, the last first. */
  #undo: (() => void)[] | null = null;
  /** What the next writes throw; null lets them pass. */
  failure: Error | null = null;
  /** What a wait for the disk comes to. */
  disk = (): Promise<void> => Promise.resolve();
  /** How often a write was tried. */
  writes = 0;

  put(id: string, when: string, { anchorAt, plannedAt, rules, ...rest }: PutSchedule): Schedule {
    const schedule: Schedule = {
      id,
      seq: this.#schedules.get(id)?.seq ?? this.#schedules.size + 1,
      when,
      rules: { ...NO_RULES, ...rules },
      request: aRequest(),
      actor: 'USER',
      state: 'SCHEDULED',
      reason: null,
      anchorAt,
      plannedAt,
      nextFireAt: plannedAt,
      runs: 0,
      createdAt: anchorAt,
      changedAt: anchorAt,
      ...rest,
    };
    this.#schedules.set(id, schedule);
    return schedule;
  }

  addSchedule({ when, rules, next: { plannedAt, dueAt } }: NewSchedule, now: number): Schedule {
    const id = `schedule-${this.#schedules.size + 1}`;
    return this.put(id, when, { anchorAt: now, plannedAt, nextFireAt: dueAt, rules });
  }

  /** What became of a schedule's fires, in the order in which it was decided. */
  firesOf(id: string): FakeFire[] {
    return [...(this.#fires.get(id)?.values() ?? [])];
  }

  fireCount(id: string): number {
    return this.#fires.get(id)?.size ?? 0;
  }

  /** A job of the schedule waits, or runs, that no fire made. */
  addJob(scheduleId: string, state: JobState): Job {
    const job = this.#newJob(this.#existing(scheduleId), { alone: false, lateMs: null }, 0);
    this.setJob(job, state);
    return job;
  }

  /** A job starts, or is over. */
  setJob(job: Job, state: JobState): void {
    const active = this.#active.get(job.scheduleId ?? '') ?? [];
    const others = active.filter(({ id }) => id !== job.id);
    const isActive = state === 'PENDING' || state === 'RUNNING';
    const after = isActive ? [...others, { ...job, state }] : others;
    this.#set(
      this.#active,
      job.scheduleId ?? '',
      after.sort((a, b) => a.seq - b.seq),
    );
  }

  /** Whether a transaction is under way. */
  get isTogether(): boolean {
    return this.#undo !== null;
  }

  unsynced<T>(work: () => T): T {
    if (this.#undo !== null) return work();
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return work();
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    } finally {
      this.#undo = null;
    }
  }

  sync(): Promise<void> {
    return this.disk();
  }

  afterCommit(act: () => void): void {
    act();
  }

  expected(page: SeqPage): ExpectedFire[] {
    return this.#page(page).map(({ id, seq, nextFireAt }) => ({ id, seq, nextFireAt: nextFireAt ?? NaN }));
  }

  scheduled(page: SeqPage): Schedule[] {
    return this.#page(page);
  }

  #page({ after, limit }: SeqPage): Schedule[] {
    return [...this.#schedules.values()]
      .filter(({ state, nextFireAt, seq }) => state === 'SCHEDULED' && nextFireAt !== null && seq > after)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit);
  }

  schedule(id: string): Schedule | null {
    return this.#schedules.get(id) ?? null;
  }

  activeOf(scheduleId: string): Job[] {
    return this.#active.get(scheduleId) ?? [];
  }

  isRecorded({ id }: Pick<Schedule, 'id'>, plannedAt: number): boolean {
    return this.#fires.get(id)?.has(plannedAt) ?? false;
  }

  makeFires({ schedule: { id }, outcomes, next, now }: MadeFires): Job[] {
    return this.#write(() => {
      const schedule = this.#existing(id);
      const jobs = outcomes.flatMap((outcome) => this.#record(schedule, outcome, now));
      const runs = schedule.runs + jobs.length;
      const moved =
        'ended' in next
          ? { state: 'ENDED' as const, reason: next.ended, nextFireAt: null, changedAt: now }
          : { plannedAt: next.plannedAt, nextFireAt: next.dueAt };
      this.#set(this.#schedules, id, { ...schedule, runs, ...moved });
      return jobs;
    });
  }

  changeSchedule(id: string, change: ScheduleChange, now: number): Schedule {
    return this.#write(() => {
      const before = this.#existing(id);
      const changedAt = (change.state ?? before.state) === before.state ? before.changedAt : now;
      const after = { ...before, ...change, changedAt };
      this.#set(this.#schedules, id, after);
      return after;
    });
  }

  #record(schedule: Schedule, outcome: FireOutcome, now: number): Job[] {
    const fires = this.#fires.get(schedule.id) ?? new Map<number, FakeFire>();
    this.#fires.set(schedule.id, fires);
    const { plannedAt } = outcome;
    if (fires.has(plannedAt)) return [];
    const fire = { plannedAt, madeAt: now };
    if ('skipped' in outcome) {
      const { untilAt = null, count = 1, skipped: reason } = outcome;
      this.#set(fires, plannedAt, { ...fire, untilAt, count, lateMs: null, job: null, reason });
      return [];
    }
    const lateMs = now - outcome.dueAt;
    const job = this.#newJob(schedule, { alone: outcome.job.alone, lateMs }, now);
    this.#set(fires, plannedAt, { ...fire, untilAt: null, count: 1, lateMs, job: job.id, reason: null });
    this.setJob(job, 'PENDING');
    return [job];
  }

  #newJob(schedule: Schedule, { alone, lateMs }: Pick<Job, 'alone' | 'lateMs'>, now: number): Job {
    const seq = ++this.#jobsMade;
    return {
      ...schedule.request,
      seq,
      id: `job-${seq}`,
      jobid: `job-${seq}`,
      key: `1/1/${seq}`,
      state: 'PENDING',
      actor: 'SCHEDULER',
      scheduleId: schedule.id,
      lateMs,
      alone,
      createdAt: now,
      changedAt: now,
      startedAt: null,
      finishedAt: null,
      versionId: null,
      versionName: null,
      process: null,
      stop: null,
      exit: null,
      external: false,
      meta: {},
      closeReason: null,
      totals: null,
      actors: {},
      deletedAt: null,
    };
  }

  #existing(id: string): Schedule {
    const schedule = this.#schedules.get(id);
    if (schedule === undefined) throw new Error(`Schedule "${id}" does not exist.`);
    return schedule;
  }

  #write<T>(work: () => T): T {
    this.writes++;
    if (this.failure) throw this.failure;
    return this.unsynced(work);
  }

  #set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
    const before = map.get(key);
    this.#undo?.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
    map.set(key, value);
  }
}

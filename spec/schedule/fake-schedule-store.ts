import type { Job } from '../../src/jobs/job.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import type { Fire, FireStore } from '../../src/schedule/schedule-store.ts';
import { aRequest } from '../support/samples.ts';

/** Remembers as the real store does, and fails when told to. */
export class FakeScheduleStore implements FireStore {
  /** The fires made, as `id at`. */
  readonly fires: string[] = [];
  /** When each was made. */
  readonly madeAt: number[] = [];
  readonly #schedules = new Map<string, Schedule>();
  /** What the next writes throw; null lets them pass. */
  failure: Error | null = null;
  /** How often a write was tried. */
  writes = 0;

  put(id: string, when: string, anchorAt: number, nextFireAt: number): Schedule {
    const schedule: Schedule = {
      id,
      seq: this.#schedules.size + 1,
      when,
      request: aRequest(),
      zone: null,
      actor: 'USER',
      state: 'SCHEDULED',
      anchorAt,
      nextFireAt,
      createdAt: anchorAt,
      changedAt: anchorAt,
    };
    this.#schedules.set(id, schedule);
    return schedule;
  }

  cancel(id: string): void {
    this.#change(id, { state: 'CANCELED', nextFireAt: null });
  }

  scheduled(): Schedule[] {
    return [...this.#schedules.values()].filter(({ state }) => state === 'SCHEDULED');
  }

  schedule(id: string): Schedule | null {
    return this.#schedules.get(id) ?? null;
  }

  fire({ scheduleId, fireAt, nextFireAt, now }: Fire): Job | null {
    this.#write();
    const schedule = this.#schedules.get(scheduleId);
    if (schedule?.state !== 'SCHEDULED') return null;
    this.#change(scheduleId, { nextFireAt });
    const fire = `${scheduleId} ${new Date(fireAt).toISOString()}`;
    if (this.fires.includes(fire)) return null;
    this.fires.push(fire);
    this.madeAt.push(now);
    return jobOf(schedule, this.fires.length, now);
  }

  moveNextFire(id: string, at: number): void {
    this.#write();
    if (this.#schedules.get(id)?.state === 'SCHEDULED') this.#change(id, { nextFireAt: at });
  }

  #write(): void {
    this.writes++;
    if (this.failure) throw this.failure;
  }

  #change(id: string, change: Partial<Schedule>): void {
    const schedule = this.#schedules.get(id);
    if (schedule) this.#schedules.set(id, { ...schedule, ...change });
  }
}

function jobOf(schedule: Schedule, seq: number, now: number): Job {
  return {
    ...schedule.request,
    seq,
    id: `job-${seq}`,
    jobid: `job-${seq}`,
    key: `1/1/${seq}`,
    state: 'PENDING',
    actor: 'SCHEDULER',
    scheduleId: schedule.id,
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

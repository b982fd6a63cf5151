import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { textOf } from '../support/text-of.ts';

/** Times are milliseconds since the epoch. */
export interface RememberedJob {
  id: string;
  state: string;
  /** Of the schedule that made it, and when it was planned; null for one that was asked for. */
  scheduleId: string | null;
  fireAt: number | null;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  /** JSON of how it ended. */
  exit: string | null;
}

/** A row of what became of a schedule's fires, as `FireRecord` in `src/schedule/fires/`. */
export interface RememberedFire {
  scheduleId: string;
  plannedAt: number;
  /** The last of several that the row stands for; null for one. */
  untilAt: number | null;
  count: number | null;
  madeAt: number;
  jobId: string | null;
  reason: string | null;
}

export interface RememberedSchedule {
  id: string;
  anchorAt: number;
  /** When it was canceled, if it is. */
  changedAt: number;
}

/** What a daemon's data folder tells. */
export interface Remembered {
  jobs: RememberedJob[];
  schedules: RememberedSchedule[];
  /** By when they were planned. */
  fires: RememberedFire[];
  /** How often each job began and ended by the marks of its spider, by the job's UUID without hyphens. */
  began: Map<string, number>;
  ended: Map<string, number>;
}

/** Reads the database and the spiders' marks, also beside a daemon. */
export function readRemembered(data: string): Remembered {
  const db = new DatabaseSync(join(data, 'orbweaver.db'), { readOnly: true });
  const jobs = db
    .prepare(
      `SELECT id, state, schedule_id AS scheduleId, fire_at AS fireAt, created_at AS createdAt,
         started_at AS startedAt, finished_at AS finishedAt, exit FROM jobs ORDER BY seq`,
    )
    .all() as unknown as RememberedJob[];
  const schedules = db
    .prepare('SELECT id, anchor_at AS anchorAt, changed_at AS changedAt FROM schedules')
    .all() as unknown as RememberedSchedule[];
  const fires = db
    .prepare(
      `SELECT s.id AS scheduleId, f.planned_at AS plannedAt, until_at AS untilAt, count, made_at AS madeAt,
         job_id AS jobId, f.reason FROM fires f JOIN schedules s ON s.seq = f.schedule_seq ORDER BY f.planned_at`,
    )
    .all() as unknown as RememberedFire[];
  db.close();
  return { jobs, schedules, fires, ...readMarks(data) };
}

function readMarks(data: string): Pick<Remembered, 'began' | 'ended'> {
  const marks = { began: new Map<string, number>(), ended: new Map<string, number>() };
  for (const [, what, job] of textOf(join(data, 'spider-data', 'marks')).matchAll(
    /^(began|ended) (\w+)$/gm,
  )) {
    const counts = marks[what as 'began' | 'ended'];
    counts.set(job!, (counts.get(job!) ?? 0) + 1);
  }
  return marks;
}

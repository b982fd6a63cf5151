import type { Job, JobState } from '../../jobs/job.ts';
import type { FireOutcome, FireRecord } from '../../schedule/fires/fire.ts';
import type { MadeFires, ScheduleStore } from '../../schedule/schedule-store.ts';
import type { Database, Row } from './database.ts';
import { insertJob } from './job-table.ts';

type Named = MadeFires['schedule'];

/** What became of the fires of schedules. */
export function fireTable(
  db: Database,
): Pick<ScheduleStore, 'isRecorded' | 'makeFires' | 'fires' | 'removeOldFires'> {
  /** By itself, or as the job that it made, which may be kept for longer. */
  const isRecorded: ScheduleStore['isRecorded'] = ({ id, seq }, plannedAt) =>
    db.get(
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM fires WHERE schedule_seq = ?1 AND planned_at = ?2)
         OR EXISTS (SELECT 1 FROM jobs WHERE schedule_id = ?3 AND fire_at = ?2)`,
      seq,
      plannedAt,
      id,
    ) !== null;

  const makeJob = ({ id, request }: Named, outcome: FireOutcome, now: number): Job | null => {
    if ('skipped' in outcome) return null;
    const job = { request, actor: 'SCHEDULER', scheduleId: id, alone: outcome.job.alone } as const;
    return insertJob(db, job, outcome, now);
  };

  const record = ({ seq }: Named, outcome: FireOutcome, job: Job | null, now: number): void => {
    const { untilAt = null, count = 1, skipped = null } = 'skipped' in outcome ? outcome : {};
    db.run(
      `INSERT INTO fires (schedule_seq, planned_at, until_at, count, due_at, made_at, job_id, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      outcome.plannedAt,
      untilAt,
      count,
      'job' in outcome ? outcome.dueAt : null,
      now,
      job?.id ?? null,
      skipped,
    );
  };

  return {
    isRecorded,

    makeFires: ({ schedule, outcomes, next, now }) =>
      db.transaction(() => {
        const { seq } = schedule;
        const jobs: Job[] = [];
        for (const outcome of outcomes) {
          if (isRecorded(schedule, outcome.plannedAt)) continue;
          const job = makeJob(schedule, outcome, now);
          record(schedule, outcome, job, now);
          if (job !== null) jobs.push(job);
        }
        if ('ended' in next) {
          db.run(
            "UPDATE schedules SET runs = runs + ?, state = 'ENDED', reason = ?, next_fire_at = NULL, changed_at = ? WHERE seq = ?",
            jobs.length,
            next.ended,
            now,
            seq,
          );
        } else {
          db.run(
            'UPDATE schedules SET runs = runs + ?, planned_at = ?, next_fire_at = ? WHERE seq = ?',
            jobs.length,
            next.plannedAt,
            next.dueAt,
            seq,
          );
        }
        return jobs;
      }),

    fires: (scheduleId, { before = Number.MAX_SAFE_INTEGER, limit }) =>
      db
        .all(
          `SELECT f.*, j.state FROM fires f LEFT JOIN jobs j ON j.id = f.job_id
           WHERE f.schedule_seq = (SELECT seq FROM schedules WHERE id = ?) AND f.planned_at < ?
           ORDER BY f.planned_at DESC LIMIT ?`,
          scheduleId,
          before,
          limit,
        )
        .map(toFire),

    removeOldFires: (keep, { after, limit }) =>
      db.transaction(() => {
        const seqs = db
          .all('SELECT seq FROM schedules WHERE seq > ? ORDER BY seq LIMIT ?', after, limit)
          .map(({ seq }) => seq as number);
        for (const seq of seqs) {
          db.run(
            `DELETE FROM fires WHERE schedule_seq = ?1 AND planned_at <= (
               SELECT planned_at FROM fires WHERE schedule_seq = ?1 ORDER BY planned_at DESC LIMIT 1 OFFSET ?2)`,
            seq,
            keep,
          );
        }
        return seqs.length < limit ? null : (seqs.at(-1) ?? null);
      }),
  };
}

function toFire(row: Row): FireRecord {
  const [dueAt, madeAt] = [row.due_at as number | null, row.made_at as number];
  return {
    plannedAt: row.planned_at as number,
    untilAt: row.until_at as number | null,
    count: row.count as number | null,
    madeAt,
    lateMs: dueAt === null ? null : madeAt - dueAt,
    job: row.job_id === null ? null : { id: row.job_id as string, state: row.state as JobState | null },
    reason: row.reason as string | null,
  };
}

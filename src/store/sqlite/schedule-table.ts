import { randomUUID } from 'node:crypto';
import type { Schedule, ScheduleState } from '../../schedule/schedule.ts';
import type { ScheduleStore } from '../../schedule/schedule-store.ts';
import type { Database, Row } from './database.ts';
import { toRequest } from './job-rows.ts';
import { insertJob } from './job-table.ts';
import { requireSpider } from './spider-numbers.ts';
import { ofProject, where } from './where.ts';

/** Schedules, and the fires that make their jobs. */
export function scheduleTable(db: Database): ScheduleStore {
  const find = (id: string): Schedule | null => {
    const row = db.get('SELECT * FROM schedules WHERE id = ?', id);
    return row === null ? null : toSchedule(row);
  };
  const existing = (id: string): Schedule => {
    const schedule = find(id);
    if (schedule === null) throw new Error(`Schedule "${id}" does not exist.`);
    return schedule;
  };

  return {
    scheduled: () => db.all("SELECT * FROM schedules WHERE state = 'SCHEDULED'").map(toSchedule),

    schedule: find,

    scheduleCount(project) {
      const { condition, values } = ofProject(project);
      const sql = `SELECT count(*) AS n FROM schedules WHERE state = 'SCHEDULED' ${condition}`;
      return db.get(sql, ...values)?.n as number;
    },

    addSchedule: ({ when, request, nextFireAt }, now) =>
      db.transaction(() => {
        requireSpider(db, request);
        const id = randomUUID();
        db.run(
          `INSERT INTO schedules (id, state, "when", actor, project, spider, request, anchor_at, next_fire_at, created_at, changed_at)
           VALUES (?, 'SCHEDULED', ?, 'USER', ?, ?, ?, ?, ?, ?, ?)`,
          id,
          when,
          request.project,
          request.spider,
          JSON.stringify(request),
          now,
          nextFireAt,
          now,
          now,
        );
        return existing(id);
      }),

    cancelSchedule: (id, now) =>
      db.transaction(() => {
        const changed = db.run(
          "UPDATE schedules SET state = 'CANCELED', next_fire_at = NULL, changed_at = ? WHERE id = ? AND state = 'SCHEDULED'",
          now,
          id,
        );
        if (changed === 0) throw new Error(`Schedule "${id}" is not scheduled.`);
        return existing(id);
      }),

    fire: ({ scheduleId, fireAt, nextFireAt, now }) =>
      db.transaction(() => {
        const schedule = find(scheduleId);
        if (schedule?.state !== 'SCHEDULED') return null;
        db.run('UPDATE schedules SET next_fire_at = ? WHERE id = ?', nextFireAt, scheduleId);
        const made = db.get('SELECT 1 FROM jobs WHERE schedule_id = ? AND fire_at = ?', scheduleId, fireAt);
        if (made !== null) return null;
        return insertJob(db, { request: schedule.request, actor: 'SCHEDULER' }, { scheduleId, fireAt }, now);
      }),

    moveNextFire(id, at) {
      db.transaction(() =>
        db.run("UPDATE schedules SET next_fire_at = ? WHERE id = ? AND state = 'SCHEDULED'", at, id),
      );
    },

    listSchedules({ state, ...names }) {
      const { clause, values } = where([state], names);
      return db
        .all(`SELECT * FROM schedules ${clause} ORDER BY changed_at DESC, seq DESC`, ...values)
        .map(toSchedule);
    },

    removeCanceledSchedules(keep) {
      db.transaction(() =>
        db.run(
          `DELETE FROM schedules WHERE seq IN (SELECT seq FROM schedules WHERE state = 'CANCELED'
             ORDER BY changed_at DESC, seq DESC LIMIT -1 OFFSET ?)`,
          keep,
        ),
      );
    },
  };
}

function toSchedule(row: Row): Schedule {
  return {
    id: row.id as string,
    seq: row.seq as number,
    when: row.when as string,
    request: toRequest(row),
    zone: row.zone as string | null,
    actor: row.actor as 'USER',
    state: row.state as ScheduleState,
    anchorAt: row.anchor_at as number,
    nextFireAt: row.next_fire_at as number | null,
    createdAt: row.created_at as number,
    changedAt: row.changed_at as number,
  };
}

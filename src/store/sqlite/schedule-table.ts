import { NO_RULES, type Schedule, type ScheduleRules, type ScheduleState } from '../../schedule/schedule.ts';
import type { ScheduleStore } from '../../schedule/schedule-store.ts';
import type { Database, Row } from './database.ts';
import { toJob, toRequest } from './job-rows.ts';
import { newId } from './new-id.ts';
import { REFS, toRefs } from './refs.ts';
import { requireSpider } from './spider-numbers.ts';
import { ofProject, where } from './where.ts';

type ScheduleTable = Omit<
  ScheduleStore,
  'unsynced' | 'sync' | 'afterCommit' | 'isRecorded' | 'makeFires' | 'fires' | 'removeOldFires'
>;

/** Without the index of states, which has another order: SQLite would sort all of them for each page. */
const SCHEDULED_AFTER =
  "WHERE +state = 'SCHEDULED' AND next_fire_at IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?";

/** Schedules: what they are, and what they are about to do. */
export function scheduleTable(db: Database): ScheduleTable {
  return {
    expected: ({ after, limit }) =>
      db.all(`SELECT id, seq, next_fire_at FROM schedules ${SCHEDULED_AFTER}`, after, limit).map((row) => ({
        id: row.id as string,
        seq: row.seq as number,
        nextFireAt: row.next_fire_at as number,
      })),

    scheduled: ({ after, limit }) =>
      db.all(`SELECT * FROM schedules ${SCHEDULED_AFTER}`, after, limit).map(toSchedule),

    schedule: (id) => findSchedule(db, id),

    activeOf: (scheduleId) =>
      db
        .all(
          "SELECT * FROM jobs WHERE schedule_id = ? AND state IN ('PENDING', 'RUNNING') ORDER BY seq",
          scheduleId,
        )
        .map(toJob),

    scheduleCount(project) {
      const { condition, values } = ofProject(project);
      const sql = `SELECT count(*) AS n FROM schedules WHERE state = 'SCHEDULED' ${condition}`;
      return db.get(sql, ...values)?.n as number;
    },

    addSchedule: ({ when, rules, request, next }, now) =>
      db.transaction(() => {
        requireSpider(db, request);
        const id = newId(now);
        db.run(
          `INSERT INTO schedules (id, state, "when", rules, actor, project, spider, request, anchor_at, planned_at,
             next_fire_at, created_at, changed_at)
           VALUES (?, 'SCHEDULED', ?, ?, 'USER', ?, ?, ?, ?, ?, ?, ?, ?)`,
          id,
          when,
          JSON.stringify(rules),
          request.project,
          request.spider,
          JSON.stringify(request),
          now,
          next.plannedAt,
          next.dueAt,
          now,
          now,
        );
        return existingSchedule(db, id);
      }),

    changeSchedule: (id, change, now) =>
      db.transaction(() => {
        const before = existingSchedule(db, id);
        const after = { ...before, ...change };
        const { request } = after;
        if (change.request !== undefined) requireSpider(db, request);
        db.run(
          `UPDATE schedules SET "when" = ?, rules = ?, request = ?, spider = ?, state = ?, reason = ?, anchor_at = ?,
             planned_at = ?, next_fire_at = ?, changed_at = ? WHERE id = ?`,
          after.when,
          JSON.stringify(after.rules),
          JSON.stringify(request),
          request.spider,
          after.state,
          after.reason,
          after.anchorAt,
          after.plannedAt,
          after.nextFireAt,
          after.state === before.state ? before.changedAt : now,
          id,
        );
        return existingSchedule(db, id);
      }),

    listSchedules({ states, ...names }) {
      const { clause, values } = where(states, names);
      const refs = toRefs(db.get(`SELECT ${REFS} FROM schedules ${clause}`, ...values));
      return refs.map(({ changedAt, seq }) => ({ changedAt, scheduleSeq: seq }));
    },

    schedules: (refs) =>
      db
        .all(
          'SELECT schedules.* FROM json_each(?) AS named CROSS JOIN schedules ON seq = named.value ORDER BY named.key',
          JSON.stringify(refs.map(({ scheduleSeq }) => scheduleSeq)),
        )
        .map(toSchedule),

    schedulesPage({ states, ...names }, { before = Number.MAX_SAFE_INTEGER, limit }) {
      const { clause, values } = where(states, names, '+state');
      const sql = `SELECT * FROM schedules ${clause} AND seq < ? ORDER BY seq DESC LIMIT ?`;
      return db.all(sql, ...values, before, limit).map(toSchedule);
    },

    removeOverSchedules(keep) {
      db.transaction(() =>
        db.run(
          `DELETE FROM schedules WHERE seq IN (SELECT seq FROM schedules WHERE state IN ('CANCELED', 'ENDED')
             ORDER BY changed_at DESC, seq DESC LIMIT -1 OFFSET ?)`,
          keep,
        ),
      );
    },
  };
}

/** @throws Error when there is none */
export function existingSchedule(db: Database, id: string): Schedule {
  const schedule = findSchedule(db, id);
  if (schedule === null) throw new Error(`Schedule "${id}" does not exist.`);
  return schedule;
}

function findSchedule(db: Database, id: string): Schedule | null {
  const row = db.get('SELECT * FROM schedules WHERE id = ?', id);
  return row === null ? null : toSchedule(row);
}

function toSchedule(row: Row): Schedule {
  return {
    id: row.id as string,
    seq: row.seq as number,
    when: row.when as string,
    rules: { ...NO_RULES, ...(JSON.parse(row.rules as string) as Partial<ScheduleRules>) },
    request: toRequest(row),
    actor: row.actor as 'USER',
    state: row.state as ScheduleState,
    reason: row.reason as string | null,
    anchorAt: row.anchor_at as number,
    plannedAt: row.planned_at as number,
    nextFireAt: row.next_fire_at as number | null,
    runs: row.runs as number,
    createdAt: row.created_at as number,
    changedAt: row.changed_at as number,
  };
}

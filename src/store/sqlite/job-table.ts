import { UserError } from '../../errors.ts';
import type { Job, JobState, ProcessIdentity, Stop } from '../../jobs/job.ts';
import { toJsonText, type Json } from '../../json-text.ts';
import type { JobCounts, JobStore, NewJob, StateChange } from '../../jobs/job-store.ts';
import { assertTransition, isFinal } from '../../jobs/states.ts';
import type { Database, Row } from './database.ts';
import { toJob } from './job-rows.ts';
import { newId } from './new-id.ts';
import { ofProject } from './where.ts';
import { anySpider, nextJobNumber, requireSpider } from './spider-numbers.ts';

/** The fire that makes a job: when it was planned, and when it was to be made. */
interface Fire {
  plannedAt: number;
  dueAt: number;
}

type JobTable = Pick<
  JobStore,
  | 'addJob'
  | 'job'
  | 'nextPending'
  | 'nextPendingOf'
  | 'running'
  | 'changeState'
  | 'setProcess'
  | 'setStop'
  | 'setFields'
  | 'setActors'
  | 'counts'
>;

/** A job that is to be alone waits while another of its schedule runs. Both states are named as their index has them. */
const MAY_START = `(alone = 0 OR NOT EXISTS (
  SELECT 1 FROM jobs other WHERE other.schedule_id = jobs.schedule_id
    AND other.state IN ('PENDING', 'RUNNING') AND other.state = 'RUNNING'))`;

/** Jobs one by one: the queue, the changes of state, the totals. */
export function jobTable(db: Database): JobTable {
  return {
    addJob: (job, now) => db.transaction(() => insertJob(db, job, null, now)),

    job: (id) => mapRow(db.get('SELECT * FROM jobs WHERE id = ?', id)),

    // A seek in the queue of each project: a long one that is held costs the others nothing.
    nextPending: (except = []) => {
      const others = except.map(() => " AND NOT (project = ? AND json_extract(request, '$.version') IS ?)");
      const sql = `SELECT j.* FROM projects p JOIN jobs j ON j.seq = (
          SELECT seq FROM jobs INDEXED BY jobs_queue_of_project
          WHERE project_id = p.id AND state = 'PENDING' AND ${MAY_START}${others.join('')} ORDER BY priority DESC, seq LIMIT 1
        ) WHERE p.held = 0 AND p.current_version IS NOT NULL ORDER BY j.priority DESC, j.seq LIMIT 1`;
      return mapRow(db.get(sql, ...except.flatMap(({ project, version }) => [project, version])));
    },

    nextPendingOf: (project) =>
      mapRow(
        db.get(
          `SELECT * FROM jobs INDEXED BY jobs_queue_of_project
           WHERE project_id = (SELECT id FROM projects WHERE name = ?) AND state = 'PENDING' AND ${MAY_START}
           ORDER BY priority DESC, seq LIMIT 1`,
          project,
        ),
      ),

    running(project) {
      const { condition, values } = ofProject(project);
      return db
        .all(`SELECT * FROM jobs WHERE state = 'RUNNING' ${condition} ORDER BY started_at, seq`, ...values)
        .map(toJob);
    },

    changeState: (id, to, change, now) => db.transaction(() => changeState(db, id, to, change, now)),

    setProcess(id: string, process: ProcessIdentity): void {
      db.transaction(() => db.run('UPDATE jobs SET process = ? WHERE id = ?', JSON.stringify(process), id));
    },

    setStop(id: string, stop: Stop): void {
      db.transaction(() => db.run('UPDATE jobs SET stop = ? WHERE id = ?', JSON.stringify(stop), id));
    },

    setFields: (id, fields) =>
      db.transaction(() => {
        const { meta, tags, closeReason } = existing(db, id);
        db.run(
          'UPDATE jobs SET meta = ?, tags = ?, close_reason = ? WHERE id = ?',
          toJsonText(merged(meta, fields.meta ?? {})),
          JSON.stringify(fields.tags ?? tags),
          fields.closeReason === undefined ? closeReason : fields.closeReason,
          id,
        );
        return existing(db, id);
      }),

    setActors(id, actors) {
      db.transaction(() => {
        db.run('UPDATE jobs SET actors = json_patch(actors, ?) WHERE id = ?', JSON.stringify(actors), id);
      });
    },

    counts(project): JobCounts {
      const counts: JobCounts = { run: 0, successful: 0, failed: 0, canceled: 0 };
      const { condition, values } = ofProject(project);
      const rows =
        project === undefined
          ? db.all('SELECT name, value FROM counters')
          : db.all(
              `SELECT name, sum(value) AS value FROM project_counters WHERE true ${condition} GROUP BY name`,
              ...values,
            );
      for (const row of rows) {
        counts[row.name as keyof JobCounts] = row.value as number;
      }
      return counts;
    },
  };
}

/**
 * Makes a PENDING job inside a transaction of the caller's.
 * @param fire null for a job that a request makes
 */
export function insertJob(
  db: Database,
  { request, actor, jobid, by, meta, uniqueKey, scheduleId, alone, anySpider: isAny = false }: NewJob,
  fire: Fire | null,
  now: number,
): Job {
  const spider = isAny ? anySpider(db, request) : requireSpider(db, request);
  const id = newId(now);
  if (jobid !== undefined) refuseActive(db, request.project, jobid);
  if (uniqueKey !== undefined) refuseSame(db, spider.projectId, request.spider, uniqueKey);
  const row = db.get(
    `INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, schedule_id, fire_at,
       late_ms, alone, project, spider, priority, request, tags, meta, unique_key, actors, created_at, changed_at)
     VALUES (?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    id,
    jobid ?? id.replaceAll('-', ''),
    spider.projectId,
    spider.number,
    nextJobNumber(db, spider),
    actor,
    scheduleId ?? null,
    fire?.plannedAt ?? null,
    fire === null ? null : now - fire.dueAt,
    Number(alone ?? false),
    request.project,
    request.spider,
    request.priority,
    JSON.stringify(request),
    JSON.stringify(request.tags),
    toJsonText(meta ?? {}),
    uniqueKey ?? null,
    JSON.stringify(by === undefined ? {} : { scheduled: by }),
    now,
    now,
  );
  return toJob(row ?? {});
}

/** Changes a job's state inside a transaction of the caller's, and keeps the totals. */
export function changeState(db: Database, id: string, to: JobState, change: StateChange, now: number): Job {
  const before = existing(db, id);
  assertTransition(id, before.state, to);
  const after = { ...before, ...change };
  db.run(
    `UPDATE jobs SET state = ?, changed_at = ?, version_id = ?3,
       version_name = iif(?3 IS version_id, version_name, (SELECT name FROM versions WHERE id = ?3)),
       started_at = ?, finished_at = ?, process = ?, exit = ?, output_bytes = ?, external = ?, close_reason = ?, totals = ?, actors = ?, deleted_at = ? WHERE id = ?`,
    to,
    now,
    after.versionId,
    after.startedAt,
    after.finishedAt,
    json(after.process),
    json(after.exit),
    change.outputBytes ?? 0,
    Number(after.external),
    after.closeReason,
    json(after.totals),
    JSON.stringify({ ...before.actors, ...change.actors }),
    after.deletedAt,
    id,
  );
  if (to === 'RUNNING') count(db, before.project, 'run', 1);
  if (to === 'PENDING') count(db, before.project, 'run', -1);
  if (before.state === 'RUNNING' && isFinal(to)) count(db, before.project, to.toLowerCase(), 1);
  return existing(db, id);
}

function refuseActive(db: Database, project: string, jobid: string): void {
  const active = db.get(
    "SELECT state FROM jobs WHERE jobid = ? AND project = ? AND state IN ('PENDING', 'RUNNING')",
    jobid,
    project,
  );
  if (active === null) return;
  throw new UserError(
    'conflict',
    `Project "${project}" has a job "${jobid}" already, which is ${String(active.state)}: choose another jobid, or wait until it is over.`,
  );
}

function refuseSame(db: Database, projectId: number, spider: string, uniqueKey: string): void {
  const active = db.get(
    "SELECT 1 FROM jobs WHERE project_id = ? AND unique_key = ? AND state IN ('PENDING', 'RUNNING')",
    projectId,
    uniqueKey,
  );
  // Clients of Scrapy Cloud know it by these words.
  if (active !== null) throw new UserError('conflict', `${spider} already scheduled`);
}

/** Fields with others laid over them; what is undefined goes. */
export function merged(
  fields: Readonly<Record<string, Json>>,
  changes: Readonly<Record<string, Json | undefined>>,
): Record<string, Json> {
  const all = new Map<string, Json>(Object.entries(fields));
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) all.delete(name);
    else all.set(name, value);
  }
  return Object.fromEntries(all);
}

function existing(db: Database, id: string): Job {
  const job = mapRow(db.get('SELECT * FROM jobs WHERE id = ?', id));
  if (job === null) throw new Error(`Job "${id}" does not exist.`);
  return job;
}

function count(db: Database, project: string, name: string, by: number): void {
  db.run('UPDATE counters SET value = value + ? WHERE name = ?', by, name);
  db.run(
    'INSERT INTO project_counters VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = value + ?3',
    project,
    name,
    by,
  );
}

function mapRow(row: Row | null): Job | null {
  return row === null ? null : toJob(row);
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

import { randomUUID } from 'node:crypto';
import type { Job, JobState, ProcessIdentity, Stop } from '../../jobs/job.ts';
import type { JobCounts, JobStore, NewJob, StateChange } from '../../jobs/job-store.ts';
import { assertTransition, isFinal } from '../../jobs/states.ts';
import type { Database, Row } from './database.ts';
import { toJob } from './job-rows.ts';
import { nextJobNumber, requireSpider } from './spider-numbers.ts';

/** The fire that makes a job; null for a job that a request makes. */
export interface Fire {
  scheduleId: string;
  fireAt: number;
}

type JobTable = Pick<
  JobStore,
  'addJob' | 'job' | 'nextPending' | 'running' | 'changeState' | 'setProcess' | 'setStop' | 'counts'
>;

/** Jobs one by one: the queue, the changes of state, the totals. */
export function jobTable(db: Database): JobTable {
  return {
    addJob: (job, now) => db.transaction(() => insertJob(db, job, null, now)),

    job: (id) => mapRow(db.get('SELECT * FROM jobs WHERE id = ?', id)),

    nextPending: () =>
      mapRow(db.get("SELECT * FROM jobs WHERE state = 'PENDING' ORDER BY priority DESC, seq LIMIT 1")),

    running: () => db.all("SELECT * FROM jobs WHERE state = 'RUNNING' ORDER BY seq").map(toJob),

    changeState: (id, to, change, now) => db.transaction(() => changeState(db, id, to, change, now)),

    setProcess(id: string, process: ProcessIdentity): void {
      db.transaction(() => db.run('UPDATE jobs SET process = ? WHERE id = ?', JSON.stringify(process), id));
    },

    setStop(id: string, stop: Stop): void {
      db.transaction(() => db.run('UPDATE jobs SET stop = ? WHERE id = ?', JSON.stringify(stop), id));
    },

    counts(): JobCounts {
      const counts: JobCounts = { run: 0, successful: 0, failed: 0, canceled: 0 };
      for (const row of db.all('SELECT name, value FROM counters')) {
        counts[row.name as keyof JobCounts] = row.value as number;
      }
      return counts;
    },
  };
}

/** Makes a PENDING job inside a transaction of the caller's. */
export function insertJob(db: Database, { request, actor }: NewJob, fire: Fire | null, now: number): Job {
  const spider = requireSpider(db, request.project, request.spider);
  const id = randomUUID();
  db.run(
    `INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, schedule_id, fire_at,
       project, spider, priority, request, created_at, changed_at)
     VALUES (?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    id.replaceAll('-', ''),
    spider.projectId,
    spider.number,
    nextJobNumber(db, spider),
    actor,
    fire?.scheduleId ?? null,
    fire?.fireAt ?? null,
    request.project,
    request.spider,
    request.priority,
    JSON.stringify(request),
    now,
    now,
  );
  return existing(db, id);
}

/** Changes a job's state inside a transaction of the caller's, and keeps the totals. */
export function changeState(db: Database, id: string, to: JobState, change: StateChange, now: number): Job {
  const before = existing(db, id);
  assertTransition(id, before.state, to);
  const after = { ...before, ...change };
  db.run(
    `UPDATE jobs SET state = ?, changed_at = ?, version_id = ?, started_at = ?, finished_at = ?, process = ?, exit = ?,
       output_bytes = ? WHERE id = ?`,
    to,
    now,
    after.versionId,
    after.startedAt,
    after.finishedAt,
    json(after.process),
    json(after.exit),
    change.outputBytes ?? 0,
    id,
  );
  if (to === 'RUNNING') count(db, 'run', 1);
  if (to === 'PENDING') count(db, 'run', -1);
  if (before.state === 'RUNNING' && isFinal(to)) count(db, to.toLowerCase(), 1);
  return existing(db, id);
}

function existing(db: Database, id: string): Job {
  const job = mapRow(db.get('SELECT * FROM jobs WHERE id = ?', id));
  if (job === null) throw new Error(`Job "${id}" does not exist.`);
  return job;
}

function count(db: Database, name: string, by: number): void {
  db.run('UPDATE counters SET value = value + ? WHERE name = ?', by, name);
}

function mapRow(row: Row | null): Job | null {
  return row === null ? null : toJob(row);
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

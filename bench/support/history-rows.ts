import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { JobRequest, JobState } from '../../src/jobs/job.ts';
import { NO_RULES } from '../../src/schedule/schedule.ts';

/** Projects, and spiders of each. */
export const PROJECTS = 5;
export const SPIDERS = 20;

/** Tags, and how many of a thousand jobs have each. */
export const TAGS: Readonly<Record<string, number>> = { daily: 200, backfill: 20, audit: 1 };

const YEAR_MS = 365 * 86_400_000;

/** `project-1` to `project-5`. */
export function projectName(index: number): string {
  return `project-${(index % PROJECTS) + 1}`;
}

/** `spider-01` to `spider-20`; each project has all of them. */
export function spiderName(index: number): string {
  return `spider-${String((index % SPIDERS) + 1).padStart(2, '0')}`;
}

/**
 * Adds schedules that fire in a year.
 * @returns their ids
 */
export function addSchedules(db: DatabaseSync, count: number, now: number): string[] {
  const insert = db.prepare(
    `INSERT INTO schedules (id, state, "when", rules, actor, project, spider, request, anchor_at, planned_at, next_fire_at,
       created_at, changed_at) VALUES (?, 'SCHEDULED', 'every 1 hours', ?, 'USER', ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const rules = JSON.stringify(NO_RULES);
  return Array.from({ length: count }, (_, index) => {
    const [id, at, from] = [randomUUID(), now + YEAR_MS, now - YEAR_MS];
    const { project, spider } = placeOf(index);
    insert.run(id, rules, project, spider, requestText(project, spider, []), from, at, at, from, from);
    return id;
  });
}

/**
 * Adds finished jobs: of 100 are 80 SUCCESSFUL, 15 FAILED, 4 CANCELED while they ran and 1 before. Half of them were made
 * by the schedules, if there are any.
 */
export function addJobs(
  db: DatabaseSync,
  { jobs, schedules, now }: { jobs: number; schedules: readonly string[]; now: number },
): void {
  const insert = db.prepare(
    `INSERT INTO jobs (id, jobid, project_id, spider_number, number, state, actor, schedule_id, fire_at, late_ms, project,
       spider, priority, request, tags, actors, created_at, changed_at, started_at, finished_at, version_id, version_name,
       process, stop, exit, close_reason, totals, output_bytes)
     SELECT ?1, replace(?1, '-', ''), s.project_id, s.number, s.last_job + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12,
       ?13, ?14, ?13, iif(?14 IS NULL, NULL, v.id), iif(?14 IS NULL, NULL, v.name), ?15, ?16, ?17, ?18, ?19, ?20
     FROM spiders s JOIN projects p ON p.id = s.project_id JOIN versions v ON v.id = p.current_version
     WHERE p.name = ?7 AND s.name = ?8`,
  );
  const number = db.prepare(
    'UPDATE spiders SET last_job = last_job + 1 WHERE project_id = (SELECT id FROM projects WHERE name = ?) AND name = ?',
  );
  const random = randomFrom(1);
  for (let index = 0; index < jobs; index++) {
    const createdAt = Math.floor(now - YEAR_MS + (YEAR_MS * index) / jobs);
    const scheduled = schedules.length > 0 && index % 2 === 0;
    const { project, spider } = placeOf(
      scheduled ? (index / 2) % schedules.length : random(PROJECTS * SPIDERS),
    );
    const end = endOf(random(100));
    const startedAt = end.ran ? createdAt + random(5000) : null;
    const finishedAt = Math.min(now, (startedAt ?? createdAt) + 5000 + random(600_000));
    const draw = random(1000);
    const tags = Object.keys(TAGS).filter((tag) => draw < (TAGS[tag] ?? 0));
    insert.run(
      randomUUID(),
      end.state,
      scheduled ? 'SCHEDULER' : 'USER',
      scheduled ? (schedules[(index / 2) % schedules.length] ?? null) : null,
      scheduled ? createdAt : null,
      scheduled ? 0 : null,
      project,
      spider,
      requestText(project, spider, tags),
      JSON.stringify(tags),
      JSON.stringify({ started: 'jobrunner', completed: 'jobrunner' }),
      createdAt,
      finishedAt,
      startedAt,
      end.ran ? JSON.stringify({ pid: 1000 + random(30_000), startTime: String(index), bootId: BOOT }) : null,
      end.state === 'CANCELED' ? JSON.stringify({ signal: 'SIGINT', sent: true, killAt: finishedAt }) : null,
      JSON.stringify({ code: end.code, signal: null, reason: null }),
      end.reason,
      end.ran
        ? JSON.stringify({ items: random(500), pages: random(600), logs: 50 + random(600), errors: 0 })
        : null,
      end.ran ? 5000 + random(100_000) : 0,
    );
    number.run(project, spider);
  }
}

/** Adds what is kept beside the jobs: the records of their fires, and totals. */
export function addTotals(db: DatabaseSync): void {
  db.exec(`
    INSERT INTO fires (schedule_seq, planned_at, count, due_at, made_at, job_id)
      SELECT s.seq, j.fire_at, 1, j.fire_at, j.created_at, j.id FROM jobs j JOIN schedules s ON s.id = j.schedule_id;
    UPDATE schedules SET runs = (SELECT count(*) FROM fires WHERE schedule_seq = schedules.seq);
    INSERT INTO project_counters
      SELECT project, 'run', count(*) FROM jobs WHERE started_at IS NOT NULL GROUP BY project
      UNION ALL
      SELECT project, lower(state), count(*) FROM jobs WHERE started_at IS NOT NULL GROUP BY project, state;
    UPDATE counters SET value = (SELECT sum(value) FROM project_counters WHERE name = counters.name)
      WHERE name IN (SELECT name FROM project_counters);`);
}

const BOOT = '5f0d3b5e-62f2-4c5a-9c0f-0d6a6d3c2b1a';

interface End {
  state: JobState;
  ran: boolean;
  code: number | null;
  reason: string;
}

/** @param draw 0 to 99 */
function endOf(draw: number): End {
  if (draw < 80) return { state: 'SUCCESSFUL', ran: true, code: 0, reason: 'finished' };
  if (draw < 95) return { state: 'FAILED', ran: true, code: 1, reason: 'failed' };
  return { state: 'CANCELED', ran: draw < 99, code: draw < 99 ? 0 : null, reason: 'cancelled' };
}

function placeOf(index: number): { project: string; spider: string } {
  return { project: projectName(index), spider: spiderName(Math.floor(index / PROJECTS)) };
}

/** As the daemon stores what a request asks for that says no more than these. */
function requestText(project: string, spider: string, tags: readonly string[]): string {
  const request: JobRequest = {
    ...{ project, spider, description: '', payload: '{}', args: {}, settings: {}, cmdArgs: null, env: {} },
    ...{ priority: 0, units: 1, fork: null, capture: null, version: null, tags, tellNames: false },
  };
  return JSON.stringify(request);
}

/** Numbers below a bound that are the same each time (Park and Miller's generator). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

import type { JobStore } from '../../jobs/job-store.ts';
import type { Database, Row } from './database.ts';
import { toRefs } from './refs.ts';
import { toJob } from './job-rows.ts';
import { ofProject } from './where.ts';

type RunList = Pick<
  JobStore,
  | 'queue'
  | 'pendingCount'
  | 'ended'
  | 'endedCount'
  | 'jobByJobid'
  | 'runByJobid'
  | 'projectsWithRuns'
  | 'spidersWithRuns'
  | 'runsOfSpider'
  | 'outputsBeyond'
  | 'forgetOutputs'
>;

const HAS_RUN = (spider: string) => `EXISTS (SELECT 1 FROM jobs
  WHERE project_id = p.id ${spider} AND started_at IS NOT NULL AND state <> 'DELETED')`;

/** What waits, what ran, and what runs left: looked up by the indexes, whatever else there is. */
export function runList(db: Database): RunList {
  return {
    queue(project) {
      const { condition, values } = ofProject(project);
      const row = db.get(
        `SELECT group_concat(changed_at || ':' || seq, ' ' ORDER BY priority DESC, seq) AS refs
         FROM jobs WHERE state = 'PENDING' ${condition}`,
        ...values,
      );
      return toRefs(row);
    },

    pendingCount(project) {
      const { condition, values } = ofProject(project);
      return db.get(`SELECT count(*) AS n FROM jobs WHERE state = 'PENDING' ${condition}`, ...values)
        ?.n as number;
    },

    ended(limit, project) {
      const { condition, values } = ofProject(project);
      const row = db.get(
        `SELECT group_concat(changed_at || ':' || seq, ' ' ORDER BY finished_at DESC, seq DESC) AS refs FROM
         (SELECT changed_at, seq, finished_at FROM jobs WHERE finished_at IS NOT NULL AND started_at IS NOT NULL
          AND state <> 'DELETED' ${condition} ORDER BY finished_at DESC, seq DESC LIMIT ?)`,
        ...values,
        limit,
      );
      return toRefs(row);
    },

    endedCount(limit, project) {
      const { condition, values } = ofProject(project);
      return db.get(
        `SELECT count(*) AS n FROM (SELECT 1 FROM jobs
         WHERE finished_at IS NOT NULL AND started_at IS NOT NULL AND state <> 'DELETED' ${condition} LIMIT ?)`,
        ...values,
        limit,
      )?.n as number;
    },

    jobByJobid(jobid, project) {
      const { condition, values } = ofProject(project);
      const row = db.get(
        `SELECT * FROM jobs WHERE jobid = ? AND state <> 'DELETED' ${condition}
         ORDER BY state IN ('PENDING', 'RUNNING') DESC, started_at IS NOT NULL DESC, seq DESC LIMIT 1`,
        jobid,
        ...values,
      );
      return row === null ? null : toJob(row);
    },

    runByJobid(project, spider, jobid) {
      const row = db.get(
        `SELECT * FROM jobs WHERE jobid = ? AND project = ? AND spider = ? AND started_at IS NOT NULL
           AND state <> 'DELETED'
         ORDER BY seq DESC LIMIT 1`,
        jobid,
        project,
        spider,
      );
      return row === null ? null : toJob(row);
    },

    projectsWithRuns: () =>
      names(db.all(`SELECT p.name FROM projects p WHERE ${HAS_RUN('')} ORDER BY p.name`)),

    spidersWithRuns: (project) =>
      names(
        db.all(
          `SELECT s.name FROM spiders s JOIN projects p ON p.id = s.project_id
           WHERE p.name = ? AND ${HAS_RUN('AND spider_number = s.number')} ORDER BY s.name`,
          project,
        ),
      ),

    runsOfSpider: (project, spider, { after, limit }) =>
      db
        .all(
          `SELECT j.* FROM jobs j JOIN spiders s ON s.project_id = j.project_id AND s.number = j.spider_number
           JOIN projects p ON p.id = j.project_id
           WHERE p.name = ? AND s.name = ? AND j.number < ? AND j.started_at IS NOT NULL AND j.state <> 'DELETED'
             AND NOT EXISTS (SELECT 1 FROM jobs newer WHERE newer.jobid = j.jobid AND newer.seq > j.seq
               AND newer.started_at IS NOT NULL AND newer.state <> 'DELETED' AND newer.project_id = j.project_id AND newer.spider_number = j.spider_number)
           ORDER BY j.number DESC LIMIT ?`,
          project,
          spider,
          after === undefined ? Number.MAX_SAFE_INTEGER : Number(after.key.split('/')[2]),
          limit,
        )
        .map(toJob),

    // A seek for each spider: what is beyond its newest few is nothing, most of the time.
    outputsBeyond: (perSpider, limit) =>
      db
        .all(
          `SELECT j.id FROM spiders s JOIN jobs j ON j.seq IN (
             SELECT seq FROM jobs WHERE project_id = s.project_id AND spider_number = s.number
               AND finished_at IS NOT NULL AND output_bytes > 0
             ORDER BY finished_at DESC, seq DESC LIMIT ?2 OFFSET ?1
           ) LIMIT ?2`,
          perSpider,
          limit,
        )
        .map((row) => row.id as string),

    forgetOutputs(ids) {
      db.transaction(() => {
        for (const id of ids) {
          db.run('UPDATE jobs SET output_bytes = 0 WHERE id = ? AND finished_at IS NOT NULL', id);
        }
      });
    },
  };
}

function names(rows: readonly Row[]): string[] {
  return rows.map((row) => row.name as string);
}

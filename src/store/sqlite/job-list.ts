import type { JobStore } from '../../jobs/job-store.ts';
import type { Database } from './database.ts';
import { jobsOf } from './job-rows.ts';
import { REFS, toRefs } from './refs.ts';
import { where } from './where.ts';

type JobList = Pick<JobStore, 'listJobs' | 'jobs' | 'finishedBeyond' | 'removeJobs'>;

/** Jobs in bulk: lists, and what has been kept long enough. */
export function jobList(db: Database): JobList {
  return {
    listJobs({ states, ...names }) {
      const { clause, values } = where(states, names);
      return toRefs(db.get(`SELECT ${REFS} FROM jobs ${clause}`, ...values));
    },

    jobs: (refs) => jobsOf(db, refs),

    finishedBeyond({ count, ageMs, bytes }, now, limit) {
      const all = db.get(
        `SELECT sum(jobs) AS jobs, sum(bytes) AS bytes FROM job_counts
         WHERE project_id = 0 AND spider_number = 0 AND tag = ''`,
      );
      // So many of the oldest are to go, and then more until so many bytes have gone.
      const excess = Number(all?.jobs) - count;
      let excessBytes = bytes === undefined ? 0 : Number(all?.bytes) - bytes;
      const tooOld = ageMs === undefined ? 0 : now - ageMs;
      const oldest = db.all(
        `SELECT id, finished_at, output_bytes FROM jobs WHERE finished_at IS NOT NULL ORDER BY finished_at, seq LIMIT ?`,
        limit,
      );
      const kept = oldest.findIndex((row, index) => {
        const goes = index < excess || excessBytes > 0 || (row.finished_at as number) < tooOld;
        excessBytes -= row.output_bytes as number;
        return !goes;
      });
      return oldest.slice(0, kept === -1 ? oldest.length : kept).map((row) => row.id as string);
    },

    removeJobs(ids) {
      db.transaction(() => {
        for (const id of ids) {
          db.run("DELETE FROM jobs WHERE id = ? AND state NOT IN ('PENDING', 'RUNNING')", id);
        }
      });
    },
  };
}

import type { JobRef, JobStore } from '../../jobs/job-store.ts';
import type { Database, Row } from './database.ts';
import { toJob } from './job-rows.ts';
import { where } from './where.ts';

type JobList = Pick<JobStore, 'listJobs' | 'jobs' | 'finishedBeyond' | 'removeJobs'>;

/** Jobs in bulk: lists, and what has been kept long enough. */
export function jobList(db: Database): JobList {
  return {
    listJobs({ states, ...names }) {
      const { clause, values } = where(states, names);
      // One string is built inside SQLite several times faster than 100,000 row objects are here.
      const row = db.get(
        `SELECT group_concat(changed_at || ':' || seq, ' ' ORDER BY changed_at DESC, seq DESC) AS refs
         FROM jobs ${clause}`,
        ...values,
      );
      return toRefs(row);
    },

    jobs: (refs) =>
      refs.flatMap(({ seq }) => {
        const row = db.get('SELECT * FROM jobs WHERE seq = ?', seq);
        return row === null ? [] : [toJob(row)];
      }),

    finishedBeyond({ count, ageMs, bytes }, now, limit) {
      const beyondCount =
        db.get(
          'SELECT seq, finished_at FROM jobs WHERE finished_at IS NOT NULL ORDER BY finished_at DESC, seq DESC LIMIT 1 OFFSET ?',
          count,
        ) ?? null;
      const beyondBytes =
        bytes === undefined
          ? null
          : db.get(
              `SELECT seq, finished_at FROM (
                 SELECT seq, finished_at, sum(output_bytes) OVER (ORDER BY finished_at DESC, seq DESC) AS total
                 FROM jobs WHERE finished_at IS NOT NULL
               ) WHERE total > ? ORDER BY finished_at DESC, seq DESC LIMIT 1`,
              bytes,
            );
      const bounds = [beyondCount, beyondBytes].filter((row) => row !== null);
      const tooOld = ageMs === undefined ? 0 : now - ageMs;
      const rows = db.all(
        `SELECT id FROM jobs WHERE finished_at IS NOT NULL
         AND (finished_at < ? ${bounds.map(() => 'OR (finished_at, seq) <= (?, ?)').join(' ')})
         ORDER BY finished_at, seq LIMIT ?`,
        tooOld,
        ...bounds.flatMap((row) => [row.finished_at as number, row.seq as number]),
        limit,
      );
      return rows.map((row) => row.id as string);
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

/** The jobs that one row names in its column `refs`, as `changed_at:seq changed_at:seq`. */
export function toRefs(row: Row | null): JobRef[] {
  return typeof row?.refs === 'string' ? row.refs.split(' ').map(toRef) : [];
}

function toRef(text: string): JobRef {
  const [changedAt, seq] = text.split(':');
  return { changedAt: Number(changedAt), seq: Number(seq) };
}

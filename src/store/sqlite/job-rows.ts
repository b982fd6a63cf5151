import type {
  Actor,
  Actors,
  Exit,
  Job,
  JobRequest,
  JobState,
  Meta,
  ProcessIdentity,
  Stop,
  Totals,
} from '../../jobs/job.ts';
import { parseJson } from '../../json-text.ts';
import type { JobRef } from '../../jobs/job-store.ts';
import type { Database, Row } from './database.ts';

/** What a request that an older release stored does not say. */
const LATER_FIELDS = {
  version: null,
  tellNames: false,
  cmdArgs: null,
  tags: [],
} satisfies Partial<JobRequest>;

/** The request of a row of `jobs` or `schedules`. */
export function toRequest(row: Row): JobRequest {
  const text = row.request as string;
  // Settings may hold numbers that JSON.parse changes; most requests have none, and are read much sooner.
  const request: unknown = text.includes('"settings":{}') ? JSON.parse(text) : parseJson(text);
  return { ...LATER_FIELDS, ...(request as JobRequest) };
}

/** The jobs that are still there, in the order given. */
export function jobsOf(db: Database, refs: readonly JobRef[]): Job[] {
  const seqs = JSON.stringify(refs.map(({ seq }) => seq));
  return db
    .all(
      'SELECT jobs.* FROM json_each(?) AS named CROSS JOIN jobs ON jobs.seq = named.value ORDER BY named.key',
      seqs,
    )
    .map(toJob);
}

/** A row of the table `jobs` as a job. */
export function toJob(row: Row): Job {
  return {
    ...toRequest(row),
    tags: parse(row.tags) as string[],
    seq: row.seq as number,
    id: row.id as string,
    jobid: row.jobid as string,
    key: `${String(row.project_id)}/${String(row.spider_number)}/${String(row.number)}`,
    state: row.state as JobState,
    actor: row.actor as Actor,
    scheduleId: row.schedule_id as string | null,
    lateMs: row.late_ms as number | null,
    alone: row.alone !== 0,
    createdAt: row.created_at as number,
    changedAt: row.changed_at as number,
    startedAt: row.started_at as number | null,
    finishedAt: row.finished_at as number | null,
    versionId: row.version_id as number | null,
    versionName: row.version_name as string | null,
    process: parse(row.process) as ProcessIdentity | null,
    stop: parse(row.stop) as Stop | null,
    exit: parse(row.exit) as Exit | null,
    external: row.external !== 0,
    meta: row.meta === '{}' ? {} : (parseJson(row.meta as string) as Meta),
    closeReason: row.close_reason as string | null,
    totals: parse(row.totals) as Totals | null,
    actors: parse(row.actors) as Actors,
    deletedAt: row.deleted_at as number | null,
  };
}

function parse(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null;
}

import type { Job } from '../../../jobs/job.ts';
import type { Schedule } from '../../../schedule/schedule.ts';
import { timestamp } from '../../timestamp.ts';

/** A job or a schedule in a list, with the keys that Scrapy Do 0.5 gives. */
export interface JobJson {
  identifier: string;
  status: string;
  actor: string;
  schedule: string;
  project: string;
  spider: string;
  description: string;
  /** When it last changed. */
  timestamp: string;
  /** Whole seconds; null until it is over. */
  duration: number | null;
  payload: string;
  /** Seconds from when a schedule wanted the job to when it was made; only where that is a second or more. */
  late?: number;
  /** Why a schedule fires no more. */
  reason?: string;
}

/** A job that is made less late than this is in time. */
const LATE_MS = 1000;

export function jobJson(job: Job): JobJson {
  const { id, state, actor, project, spider, description, payload, changedAt, lateMs } = job;
  return {
    identifier: id,
    status: state,
    actor,
    // Whatever made it, a job runs once.
    schedule: 'now',
    project,
    spider,
    description,
    timestamp: timestamp(changedAt),
    duration: duration(job),
    payload,
    ...(lateMs !== null && lateMs >= LATE_MS ? { late: lateMs / 1000 } : {}),
  };
}

/** A schedule is shown as a job, with its own state and its spec. */
export function scheduleJson({ id, state, reason, actor, when, request, changedAt }: Schedule): JobJson {
  return {
    identifier: id,
    status: state,
    actor,
    schedule: when,
    project: request.project,
    spider: request.spider,
    description: request.description,
    timestamp: timestamp(changedAt),
    duration: null,
    payload: request.payload,
    ...(reason === null ? {} : { reason }),
  };
}

function duration({ startedAt, finishedAt }: Job): number | null {
  if (startedAt === null || finishedAt === null) return null;
  return Math.max(0, Math.floor((finishedAt - startedAt) / 1000));
}

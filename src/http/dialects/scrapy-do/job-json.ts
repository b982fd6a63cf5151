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
}

export function jobJson(job: Job): JobJson {
  const { id, state, actor, project, spider, description, payload, changedAt } = job;
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
  };
}

/** A schedule is shown as a job: SCHEDULED, or CANCELED with its spec. */
export function scheduleJson({ id, state, actor, when, request, changedAt }: Schedule): JobJson {
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
  };
}

function duration({ startedAt, finishedAt }: Job): number | null {
  if (startedAt === null || finishedAt === null) return null;
  return Math.max(0, Math.floor((finishedAt - startedAt) / 1000));
}

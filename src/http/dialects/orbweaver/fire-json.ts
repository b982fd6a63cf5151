import type { Json } from '../../../json-text.ts';
import type { FireRecord } from '../../../schedule/fires/fire.ts';
import { instantOrNull, instantText } from './instant.ts';

/** What became of a fire, or of several in a row. */
export function fireJson({ plannedAt, untilAt, count, madeAt, lateMs, job, reason }: FireRecord): Json {
  return {
    planned_at: instantText(plannedAt),
    until: instantOrNull(untilAt),
    count,
    made_at: instantText(madeAt),
    // Seconds.
    late: lateMs === null ? null : lateMs / 1000,
    outcome: reason === null ? 'job' : 'skipped',
    job: job === null ? null : { id: job.id, state: job.state },
    reason,
  };
}

import type { CoreView } from '../../../access/core-view.ts';
import { parseJson, type Json } from '../../../json-text.ts';
import type { JobRequest } from '../../../jobs/job.ts';
import type { Schedule, ScheduleRules } from '../../../schedule/schedule.ts';
import { meaningOf } from '../../../schedule/meaning/meaning.ts';
import { instantOrNull, instantText } from './instant.ts';
import { readablePlan } from './readable-plan.ts';

/** A schedule, with every key that it can have. */
export function scheduleJson(schedule: Schedule, schedules: Pick<CoreView['schedules'], 'planOf'>): Json {
  const { id, state, reason, when, rules, request, runs, nextFireAt, plannedAt } = schedule;
  const plan = readablePlan(schedule, schedules);
  return {
    ...{ id, state, reason, when },
    meaning: plan === null ? null : meaningOf(plan),
    ...{ project: request.project, spider: request.spider },
    ...rulesJson(rules),
    effective_zone: plan?.zone ?? null,
    runs,
    next_fire_at: instantOrNull(nextFireAt),
    planned_at: instantOrNull(nextFireAt === null ? null : plannedAt),
    created_at: instantText(schedule.createdAt),
    changed_at: instantText(schedule.changedAt),
    ...requestJson(request),
  };
}

function rulesJson({ maxRuns, ...rules }: ScheduleRules): Record<string, Json> {
  return { ...rules, max_runs: maxRuns };
}

function requestJson(request: JobRequest): Record<string, Json> {
  const { description, payload, args, settings, env, priority, units, fork, capture, version } = request;
  return {
    ...{
      description,
      payload: parseJson(payload),
      args,
      settings,
      env,
      priority,
      units,
      fork,
      capture,
      version,
    },
    tags: [...request.tags],
    cmd_args: request.cmdArgs,
  };
}

import type { Router } from 'express';
import { z } from 'zod';
import type { CoreView } from '../../../access/core-view.ts';
import { UserError } from '../../../errors.ts';
import type { Json } from '../../../json-text.ts';
import type { Job } from '../../../jobs/job.ts';
import { SCHEDULE_STATES, type Schedule } from '../../../schedule/schedule.ts';
import { forwardedPrefix } from '../../forwarded-prefix.ts';
import { changing, reading, wrongMethod } from './endpoint.ts';
import { readQueryAs } from './faults.ts';
import { fireJson } from './fire-json.ts';
import { instantText } from './instant.ts';
import type { OrbweaverOptions } from './options.ts';
import { PAGE, pageOf } from './page.ts';
import { ROOT } from './paths.ts';
import { CHANGED_SCHEDULE, changedSchedule, NEW_SCHEDULE, newSchedule } from './schedule-body.ts';
import { scheduleJson } from './schedule-json.ts';
import { NOTHING, text } from './values.ts';

const SCHEDULES = `${ROOT}/schedules`;
const SCHEDULE = `${SCHEDULES}/:id` as const;

const LIST = z.strictObject({
  state: z
    .array(z.enum(SCHEDULE_STATES, { error: `must be one of ${SCHEDULE_STATES.join(', ')}` }))
    .default([...SCHEDULE_STATES]),
  project: text.optional(),
  spider: text.optional(),
  ...PAGE,
});

/** Lists, makes and changes schedules. */
export function scheduleRoutes(router: Router, { coreOf, prefixHeader }: OrbweaverOptions): void {
  router
    .route(SCHEDULES)
    .get(
      reading(coreOf, ({ core: { store, schedules }, params }) => {
        const { state, project, spider, ...page } = readQueryAs(LIST, params, ['state']);
        const filter = {
          states: state,
          ...(project === undefined ? {} : { project }),
          ...(spider === undefined ? {} : { spider }),
        };
        const { rows, nextCursor } = pageOf(
          page,
          (wanted) => store.schedulesPage(filter, wanted),
          ({ seq }) => seq,
        );
        return {
          body: { schedules: rows.map((row) => scheduleJson(row, schedules)), next_cursor: nextCursor },
        };
      }),
    )
    .post(
      changing(coreOf, NEW_SCHEDULE, async ({ core: { schedules }, req, body }) => {
        const made = await schedules.add(newSchedule(body));
        const location = `${forwardedPrefix(req.headers, prefixHeader)}${SCHEDULES}/${made.id}`;
        return { status: 201, headers: { location }, body: scheduleJson(made, schedules) };
      }),
    )
    .all(wrongMethod('GET, HEAD, POST'));

  router
    .route(SCHEDULE)
    .get(
      reading(coreOf, ({ core, req, params }) => {
        readQueryAs(NOTHING, params);
        return { body: scheduleJson(scheduleOf(core, req), core.schedules) };
      }),
    )
    .patch(
      changing(coreOf, CHANGED_SCHEDULE, ({ core, req, body }) => {
        const before = scheduleOf(core, req);
        return {
          body: scheduleJson(core.schedules.edit(before.id, changedSchedule(before, body)), core.schedules),
        };
      }),
    )
    .delete(
      changing(coreOf, NOTHING, ({ core, req }) => {
        core.schedules.cancel(scheduleOf(core, req).id);
        return {};
      }),
    )
    .all(wrongMethod('GET, HEAD, PATCH, DELETE'));

  for (const what of ['pause', 'resume'] as const) {
    router
      .route(`${SCHEDULE}/${what}`)
      .post(
        changing(coreOf, NOTHING, ({ core: { schedules }, req }) => {
          return { body: scheduleJson(schedules[what](idOf(req)), schedules) };
        }),
      )
      .all(wrongMethod('POST'));
  }

  router
    .route(`${SCHEDULE}/run`)
    .post(
      changing(coreOf, NOTHING, ({ core: { schedules, store }, req }) => {
        const job = schedules.run(idOf(req));
        // It may run by now.
        return { status: 201, body: { job: jobJson(store.job(job.id) ?? job) } };
      }),
    )
    .all(wrongMethod('POST'));

  router
    .route(`${SCHEDULE}/fires`)
    .get(
      reading(coreOf, ({ core, req, params }) => {
        const page = readQueryAs(z.strictObject(PAGE), params);
        const { id } = scheduleOf(core, req);
        const { rows, nextCursor } = pageOf(
          page,
          (wanted) => core.store.fires(id, wanted),
          ({ plannedAt }) => plannedAt,
        );
        return { body: { fires: rows.map(fireJson), next_cursor: nextCursor } };
      }),
    )
    .all(wrongMethod('GET, HEAD'));
}

function idOf({ params }: { params: Record<string, string | string[]> }): string {
  return String(params.id);
}

/** @throws UserError `not-found` */
function scheduleOf({ store }: CoreView, req: Parameters<typeof idOf>[0]): Schedule {
  const id = idOf(req);
  const schedule = store.schedule(id);
  if (schedule === null) throw new UserError('not-found', `Unknown schedule "${id}".`);
  return schedule;
}

function jobJson({ id, jobid, key, state, project, spider, scheduleId, createdAt }: Job): Json {
  const names = { id, jobid, key, state, project, spider };
  return { ...names, schedule: scheduleId, created_at: instantText(createdAt) };
}

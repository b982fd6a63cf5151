import { get, type Probe } from './probe.ts';

const SCHEDULES = '/api/v1/schedules';
/** A week, in which every weekday comes once. */
const TO = new Date(Date.now() + 8 * 86_400_000).toISOString();

const withJson = (
  method: 'POST' | 'PATCH' | 'DELETE',
  path: Probe['path'],
  body: ((target: Parameters<Probe['path']>[0]) => object) | null,
  answers: RegExp,
): Probe => ({
  path,
  sent: (target) => ({
    method,
    ...(body === null
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body(target)) }),
  }),
  answers,
});

const one =
  (more = ''): Probe['path'] =>
  ({ secondSchedule }) =>
    `${SCHEDULES}/${secondSchedule}${more}`;

/** Requests to every route of the native API. */
export const NATIVE_PROBES: Record<string, readonly Probe[]> = {
  [`orbweaver ${SCHEDULES}/preview`]: [
    get(
      () => `${SCHEDULES}/preview?when=every+day`,
      () => '"meaning":',
    ),
  ],
  'orbweaver /api/v1/timeline': [
    get(
      () => `/api/v1/timeline?to=${TO}`,
      ({ project }) => project,
    ),
  ],
  [`orbweaver ${SCHEDULES}`]: [
    get(
      () => SCHEDULES,
      ({ project }) => project,
    ),
    get(
      ({ project, spider }) => `${SCHEDULES}?project=${project}&spider=${spider}`,
      ({ secondSchedule }) => secondSchedule,
    ),
    withJson(
      'POST',
      () => SCHEDULES,
      ({ project, spider }) => ({ when: 'every week', project, spider }),
      /"state":"SCHEDULED"/,
    ),
  ],
  [`orbweaver ${SCHEDULES}/:id/run`]: [withJson('POST', one('/run'), null, /"job":/)],
  [`orbweaver ${SCHEDULES}/:id/pause`]: [withJson('POST', one('/pause'), () => ({}), /"state":"PAUSED"/)],
  [`orbweaver ${SCHEDULES}/:id/resume`]: [withJson('POST', one('/resume'), null, /"state":"SCHEDULED"/)],
  [`orbweaver ${SCHEDULES}/:id/fires`]: [get(one('/fires'), () => '"fires":')],
  [`orbweaver ${SCHEDULES}/:id`]: [
    get(one(), ({ spider }) => spider),
    withJson('PATCH', one(), () => ({ when: 'every 2 weeks' }), /"when":"every 2 weeks"/),
    withJson('DELETE', one(), null, /^$/),
  ],
};

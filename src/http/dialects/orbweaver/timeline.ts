import type { Router } from 'express';
import { z } from 'zod';
import type { StoreView } from '../../../access/store-view.ts';
import type { Json } from '../../../json-text.ts';
import type { Schedule } from '../../../schedule/schedule.ts';
import { timeline, type Timeline, type Window } from '../../../schedule/plan/timeline.ts';
import { inTurns } from '../../in-turns.ts';
import { reading, wrongMethod } from './endpoint.ts';
import { Faults, readQueryAs } from './faults.ts';
import { instantText } from './instant.ts';
import type { OrbweaverOptions } from './options.ts';
import { ROOT } from './paths.ts';
import { readablePlan } from './readable-plan.ts';
import { instant } from './values.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 31;
/** A timeline is given so long. 5,000 daily schedules over 31 days take some five seconds. */
const MOST_MS = 20_000;
/** Schedules that are read from the store at once. */
const PAGE = 200;

const TIMELINE = z.strictObject({ from: instant.optional(), to: instant.optional() });

/** What will fire, over all schedules. */
export function timelineRoute(router: Router, { coreOf, now }: OrbweaverOptions): void {
  router
    .route(`${ROOT}/timeline`)
    .get(
      reading(coreOf, async ({ core: { store, schedules }, params, res }) => {
        const window = windowOf(readQueryAs(TIMELINE, params), now());
        const deadline = performance.now() + MOST_MS;
        const work = timeline({
          ...window,
          schedules: () => scheduled(store),
          planOf: (schedule) => readablePlan(schedule, schedules),
          random: Math.random,
          isTooLong: () => performance.now() > deadline,
        });
        const found = await inTurns(work, () => res.closed);
        return found === null ? {} : { body: timelineJson(window, found) };
      }),
    )
    .all(wrongMethod('GET, HEAD'));
}

/**
 * What is past will not fire: the time begins now at the earliest.
 * @throws Faults
 */
function windowOf({ from, to }: { from?: number | undefined; to?: number | undefined }, now: number): Window {
  const begin = Math.max(from ?? now, now);
  const end = to ?? begin + DAY_MS;
  const problem =
    end <= begin
      ? `"to" must be later than now and than "from", not "${instantText(end)}".`
      : end - begin > MOST_DAYS * DAY_MS
        ? `"to" must be within ${MOST_DAYS} days of "from", not "${instantText(end)}".`
        : null;
  if (problem !== null) throw new Faults([{ parameter: 'to', detail: problem }]);
  return { from: begin, to: end };
}

/** All schedules that fire, some read at a time. */
function* scheduled({ schedulesPage }: Pick<StoreView, 'schedulesPage'>): Generator<Schedule> {
  let last: Schedule | undefined;
  do {
    const before = last === undefined ? {} : { before: last.seq };
    const page = schedulesPage({ states: ['SCHEDULED'] }, { limit: PAGE, ...before });
    yield* page;
    last = page.length < PAGE ? undefined : page.at(-1);
  } while (last !== undefined);
}

function timelineJson({ from, to }: Window, found: Timeline): Json {
  const window = { from: instantText(from), to: instantText(to) };
  if ('hours' in found) {
    const hours = found.hours.map(({ hourAt, count }) => ({ hour: instantText(hourAt), count }));
    return { ...window, hours };
  }
  const fires = found.fires.map(({ at, schedule: { id, request }, approximate }) => ({
    ...{ at: instantText(at), schedule: id, project: request.project, spider: request.spider },
    ...(approximate ? { approximate } : {}),
  }));
  return { ...window, fires };
}

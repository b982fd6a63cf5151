import type { Router } from 'express';
import { z } from 'zod';
import type { CoreView } from '../../../access/core-view.ts';
import type { Json } from '../../../json-text.ts';
import { firstFire } from '../../../schedule/plan/planned-fires.ts';
import { neverFires } from '../../../schedule/plan/never-fires.ts';
import type { Plan } from '../../../schedule/plan/plan.ts';
import { NO_RULES } from '../../../schedule/schedule.ts';
import { meaningOf } from '../../../schedule/meaning/meaning.ts';
import { parseSpec } from '../../../schedule/grammar/parse-spec.ts';
import { isRandom, upcoming } from '../../../schedule/plan/upcoming.ts';
import { inTurns } from '../../in-turns.ts';
import { reading, wrongMethod } from './endpoint.ts';
import { readQueryAs } from './faults.ts';
import { instantText } from './instant.ts';
import type { OrbweaverOptions } from './options.ts';
import { ROOT } from './paths.ts';
import { count, instant, text } from './values.ts';

const DEFAULT_COUNT = 10;
const MOST = 1000;

const PREVIEW = z.strictObject({
  when: text,
  zone: text.optional(),
  from: instant.optional(),
  count: count(1, MOST).default(DEFAULT_COUNT),
});

/** A spec in English, and when it would fire. */
export function previewRoute(router: Router, { coreOf, now }: OrbweaverOptions): void {
  router
    .route(`${ROOT}/schedules/preview`)
    .get(
      reading(coreOf, async ({ core: { schedules }, params, res }) => {
        const { when, zone = null, from, count: most } = readQueryAs(PREVIEW, params);
        const rules = { ...NO_RULES, zone };
        // Nobody means the milliseconds of now.
        const at = from ?? Math.floor(now() / 1000) * 1000;
        const plan = schedules.planOf({ when, rules });
        if (plan === 'now') return { body: atOnce(schedules, { when, zone, at }) };
        const fires = await inTurns(firesOf(plan, { when, at, most }), () => res.closed);
        return {
          body: {
            ...{ meaning: meaningOf(plan), zone: plan.zone },
            ...(isRandom(plan) ? { approximate: true } : {}),
            fires: (fires ?? []).map(instantText),
          },
        };
      }),
    )
    .all(wrongMethod('GET, HEAD'));
}

/** One job, which is no schedule's: where it stands in a list of fires, it is the only one. */
function atOnce(
  { planOf }: CoreView['schedules'],
  { when, zone, at }: { when: string; zone: string | null; at: number },
): Json {
  const inSpec = parseSpec(when).suffixes.zone;
  const daily = planOf({ when: 'every day', rules: { ...NO_RULES, zone: zone ?? inSpec } });
  return { meaning: 'once, at once', zone: daily === 'now' ? null : daily.zone, fires: [instantText(at)] };
}

/**
 * The first fires of a plan, one at each step. Jitter, which is drawn for each fire when it comes, is left out.
 * @throws UserError `invalid` when there is none
 */
function* firesOf(
  plan: Plan,
  { when, at, most }: { when: string; at: number; most: number },
): Generator<undefined, number[]> {
  const planned = { ...plan, jitterMs: 0 };
  const random = Math.random;
  const first = firstFire(planned, { at, random });
  if (first === null) throw neverFires(when, plan, at);
  const fires: number[] = [];
  for (const { plannedAt } of upcoming(planned, first, { anchorAt: at, random })) {
    fires.push(plannedAt);
    if (fires.length === most) break;
    yield;
  }
  return fires;
}

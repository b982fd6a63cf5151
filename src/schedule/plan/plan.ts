import { UserError } from '../../errors.ts';
import { endOf, momentText, startOf, type Moment } from '../time/moment.ts';
import type { Recurrence } from '../recurrence/recurrence.ts';
import { Recent } from '../recent.ts';
import type { ScheduleRules } from '../schedule.ts';
import { durationText, parseJitter } from '../grammar/duration-text.ts';
import { parseDates, parseMoment } from '../grammar/moment-text.ts';
import { parseSpec, type Suffixes } from '../grammar/parse-spec.ts';
import { parseZone } from '../grammar/zone-text.ts';
import { wallClock } from '../time/zone.ts';

/** All that says when a schedule fires. Times are milliseconds since the epoch. */
export interface Plan {
  recurrence: Recurrence;
  /** IANA name. */
  zone: string;
  /** No fire is earlier, and intervals count from it. */
  fromAt: number | null;
  /** No fire is later. */
  untilAt: number | null;
  /** Days in the zone without a fire, such as `2026-12-24`. */
  except: ReadonlySet<string>;
  jitterMs: number;
}

type TimeRules = Pick<ScheduleRules, 'zone' | 'from' | 'until' | 'except' | 'jitter'>;

/** A plan is wanted for each fire of each schedule. */
const plans = new Recent<Plan | 'now'>(10_000);

/**
 * Reads a spec together with the rules given beside it.
 * @param daemonZone the zone where none is named
 * @returns `now` for a spec that means one job at once
 * @throws UserError `invalid` when one of them cannot be read, or is given in both and differs
 */
export function planOf(
  { when, rules }: { when: string; rules: TimeRules },
  daemonZone: string,
): Plan | 'now' {
  const { zone, from, until, except, jitter } = rules;
  const key = JSON.stringify([when, zone, from, until, except, jitter, daemonZone]);
  return plans.get(key, () => readPlan(when, rules, daemonZone));
}

function readPlan(when: string, rules: TimeRules, daemonZone: string): Plan | 'now' {
  const { recurrence, suffixes } = parseSpec(when);
  const zone = readZone(suffixes, rules) ?? daemonZone;
  const from = readMoment('from', suffixes.from, rules.from, (moment) => startOf(moment, zone));
  const until = readMoment('until', suffixes.until, rules.until, (moment) => endOf(moment, zone));
  const except = readExcept(suffixes, rules);
  const jitterMs = readJitter(suffixes, rules);
  const fromAt = from === null ? null : startOf(from, zone);
  const untilAt = until === null ? null : endOf(until, zone);
  if (from !== null && until !== null && (fromAt ?? 0) > (untilAt ?? 0)) {
    throw new UserError(
      'invalid',
      `Nothing can fire: the end, "${momentText(until)}", is before the beginning, "${momentText(from)}".`,
    );
  }
  if (recurrence === 'now') return 'now';
  return {
    recurrence: from === null ? recurrence : atTimeOf(from, recurrence, zone),
    zone,
    fromAt,
    untilAt,
    except: new Set(except),
    jitterMs,
  };
}

/** Days that name no time of day have that of `from`, where counting begins, if it has one. */
function atTimeOf(from: Moment, recurrence: Recurrence, zone: string): Recurrence {
  if ((recurrence.kind !== 'days' && recurrence.kind !== 'weekday') || recurrence.at !== null)
    return recurrence;
  if ('date' in from && from.time === null) return recurrence;
  const { hour, minute, second } = wallClock(startOf(from, zone), zone);
  return { ...recurrence, at: { hour, minute, second } };
}

function readZone(suffixes: Suffixes, rules: TimeRules): string | null {
  if (rules.zone === null) return suffixes.zone;
  const zone = parseZone(rules.zone);
  if (suffixes.zone !== null && suffixes.zone !== zone) throw twice('zone', suffixes.zone, rules.zone);
  return zone;
}

function readMoment(
  field: 'from' | 'until',
  inSpec: Moment | null,
  text: string | null,
  instantOf: (moment: Moment) => number,
): Moment | null {
  if (text === null) return inSpec;
  const moment = parseMoment(text);
  if (inSpec !== null && instantOf(inSpec) !== instantOf(moment))
    throw twice(field, momentText(inSpec), text);
  return moment;
}

function readExcept(suffixes: Suffixes, rules: TimeRules): readonly string[] {
  if (rules.except === null) return suffixes.except ?? [];
  const days = parseDates(rules.except);
  if (suffixes.except !== null && suffixes.except.join() !== days.join())
    throw twice('except', suffixes.except.join(', '), rules.except);
  return days;
}

function readJitter(suffixes: Suffixes, rules: TimeRules): number {
  if (rules.jitter === null) return suffixes.jitterMs ?? 0;
  const ms = parseJitter(rules.jitter);
  if (suffixes.jitterMs !== null && suffixes.jitterMs !== ms)
    throw twice('jitter', durationText(suffixes.jitterMs), rules.jitter);
  return ms;
}

/** What the fields of the rules mean, as subjects of a sentence. */
const SUBJECTS = {
  zone: 'The zone is',
  from: 'The beginning is',
  until: 'The end is',
  except: 'The days without a fire are',
  jitter: 'The jitter is',
} as const;

function twice(field: keyof typeof SUBJECTS, inSpec: string, inField: string): UserError {
  const values = `${JSON.stringify(inSpec)} in the spec and ${JSON.stringify(inField)} in the field "${field}"`;
  return new UserError('invalid', `${SUBJECTS[field]} given twice: ${values}; give it once.`);
}

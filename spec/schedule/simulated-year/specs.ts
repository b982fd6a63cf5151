import { NO_RULES, OVERLAPS, type ScheduleRules } from '../../../src/schedule/schedule.ts';
import { START, DAY_MS, DISTURBANCES, HOUR_MS, MINUTE_MS } from './times.ts';
import type { Random } from './random.ts';

const ZONES = ['Europe/Zurich', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC'];
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const MISSED = [
  'run-once',
  'run-once within 3 hours',
  'skip',
  'run-all',
  'run-all up to 2',
  'run-all up to 3 within 12 hours',
];
/** The same of many schedules, so that there are not too many cron patterns to be computed anew. */
const TIMES = ['0:15', '2:30', '23:59'];
const DAYS = [1, 13, 28];

export interface Asked {
  when: string;
  rules: ScheduleRules;
}

/** Asks for a schedule: most of them fire seldom, and those that fire often do so for a part of the year. */
export function aSchedule(random: Random): Asked {
  const kind = random.next();
  const zone = random.of(ZONES);
  const rules: ScheduleRules = {
    ...NO_RULES,
    zone,
    overlap: random.of(OVERLAPS),
    missed: random.of(MISSED),
    maxRuns: random.chance(0.1) ? random.whole(1, 30) : null,
    jitter: random.chance(0.1) ? '10 minutes' : null,
    except: random.chance(0.1) ? '2026-03-08, 2026-03-29, 2026-06-01, 2026-12-24' : null,
  };
  if (kind < 0.2) return { when: monthly(random), rules };
  if (kind < 0.4) return { when: monthly(random), rules: { ...rules, ...span(random, 120 * DAY_MS) } };
  if (kind < 0.55) return { when: weekly(random), rules: { ...rules, ...span(random, 60 * DAY_MS) } };
  if (kind < 0.65) return { when: daily(random), rules: { ...rules, ...span(random, 10 * DAY_MS) } };
  if (kind < 0.83) return { when: elapsed(random), rules };
  if (kind < 0.94) return { when: hourly(random), rules: { ...rules, ...span(random, DAY_MS) } };
  if (kind < 0.96) {
    const often = { ...rules, jitter: null, ...span(random, 4 * HOUR_MS) };
    return { when: random.of(['every 5 minutes', 'every 90 seconds', '*/10 * * * *']), rules: often };
  }
  if (kind < 0.98)
    return { when: drawn(random), rules: { ...rules, except: null, ...span(random, 60 * DAY_MS) } };
  return { when: once(random), rules };
}

function monthly(random: Random): string {
  const day = random.of(DAYS);
  const at = random.of(TIMES);
  const [hour, minute] = at.split(':').map(Number);
  return random.of([
    `${minute} ${hour} ${day} * *`,
    `${minute} ${hour} L * *`,
    `${minute} ${hour} * * mon#2`,
    '@monthly',
    `every ${random.whole(20, 40)} days at ${at}`,
    `every ${random.whole(3, 6)} weeks`,
    'on the last day of the month at 10:15 am',
  ]);
}

function weekly(random: Random): string {
  const day = random.of(WEEKDAYS);
  const at = random.of(TIMES);
  return random.of([
    `every ${day} at ${at}`,
    `every ${day}`,
    'every week',
    `every ${random.whole(5, 9)} days at ${at}`,
    `45 17 * * ${day.slice(0, 3)}`,
    `at 5:00 pm on ${day}`,
  ]);
}

function daily(random: Random): string {
  const at = random.of(TIMES);
  return random.of([`every day at ${at}`, 'every day', '30 5 * * mon-fri', 'at 5:00 pm']);
}

function elapsed(random: Random): string {
  return random.of([
    `every ${random.whole(100, 300)} hours`,
    `every ${random.whole(100, 900)} hours`,
    `every ${random.whole(5000, 20_000)} minutes`,
    `every ${random.whole(100, 300)} hours at 00:${random.whole(10, 59)}`,
  ]);
}

function hourly(random: Random): string {
  return random.of(['every hour', 'every hour at 00:20', 'every 90 minutes', '20 * * * *', '@hourly']);
}

function drawn(random: Random): string {
  return random.of(['every 20 to 50 hours', 'every 2 to 4 days at 9:00', 'every 1 to 3 weeks']);
}

function once(random: Random): string {
  const at = new Date(START + random.whole(2 * DAY_MS, 360 * DAY_MS));
  return random.chance(0.5)
    ? `at ${at.toISOString().slice(0, 16).replace('T', ' ')}`
    : `in ${random.whole(1, 300)} days`;
}

/** A part of the year, mostly one in which something happens to the clock or the daemon. */
function span(random: Random, longest: number): Pick<ScheduleRules, 'from' | 'until'> {
  const middle = random.chance(0.6)
    ? START + random.of(DISTURBANCES).after
    : START + random.whole(2 * DAY_MS, 360 * DAY_MS);
  const from = Math.max(START + 2 * DAY_MS, middle - Math.floor((random.next() * longest) / 2));
  const until = Math.min(START + 364 * DAY_MS, from + random.whole(longest / 2, longest));
  const text = (at: number) =>
    new Date(Math.floor(at / MINUTE_MS) * MINUTE_MS).toISOString().slice(0, 16).replace('T', ' ');
  return { from: text(from), until: text(until) };
}

import { parseMissed } from '../../../src/schedule/fires/missed-rule.ts';
import type { Schedule } from '../../../src/schedule/schedule.ts';
import type { FakeFire } from '../fake-schedule-store.ts';
import { Chain, iso, textOf, type Sight } from './chain.ts';
import { STOPPING_MS, type DecidedFires, type SimulatedRun } from './living-store.ts';
import { SECOND_MS } from './times.ts';
import type { Deed, Stretch } from './world.ts';

/** Timers are at most so late, while the clock goes on as clocks do. */
const ON_TIME_MS = 5;
/** A step of the clock, or the end of a sleep, is noticed after so long at most. */
const NOTICED_MS = 30 * SECOND_MS + ON_TIME_MS;

/** What became of the fires that were called for. */
export interface Account {
  called: number;
  onTime: number;
  late: number;
  /** By the reason, without the names of jobs. */
  skipped: Map<string, number>;
  faults: string[];
}

/** All that is known of one schedule. */
export interface History {
  schedule: Schedule;
  deeds: readonly Deed[];
  decisions: readonly DecidedFires[];
  runs: readonly SimulatedRun[];
  stretches: readonly Stretch[];
}

type Happening = { passed: number } & (
  | { kind: 'decision'; decided: DecidedFires }
  | { kind: 'deed'; deed: Deed }
  | { kind: 'stretch ends'; wall: number }
  | { kind: 'sight'; sight: Sight }
);

/** Accounts for each fire that is called for, and finds what is wrong with what became of it. */
export function accountFor(history: History): Account {
  return new Accountant(history).account();
}

class Accountant {
  readonly #history: History;
  readonly #account: Account = { called: 0, onTime: 0, late: 0, skipped: new Map(), faults: [] };
  readonly #known = new Set<number>();
  #rules: Extract<Deed, { kind: 'fires' }>['rules'] | null = null;
  #chain: Chain | null = null;
  #isOn = false;
  #runs = 0;

  constructor(history: History) {
    this.#history = history;
  }

  account(): Account {
    for (const happening of happeningsOf(this.#history)) {
      switch (happening.kind) {
        case 'deed':
          this.#do(happening.deed);
          break;
        case 'sight':
          if (this.#isOn) this.#chain?.see(happening.sight);
          break;
        case 'stretch ends':
          this.#expectAllMade(happening.wall);
          break;
        case 'decision':
          this.#decide(happening.decided);
      }
    }
    this.#expectState();
    return this.#account;
  }

  #do(deed: Deed): void {
    switch (deed.kind) {
      case 'fires':
        this.#chain = new Chain(deed);
        this.#rules = deed.rules;
        this.#isOn = true;
        break;
      case 'halts':
        this.#expectAllMade(deed.at);
        this.#isOn = false;
        break;
      case 'resumes':
        this.#isOn = true;
        this.#chain?.resume(deed.at);
        this.#chain?.see({ passed: deed.passed, from: deed.at, until: deed.at });
    }
  }

  /** Nothing that was due by this instant is left. */
  #expectAllMade(wall: number): void {
    if (!this.#isOn || this.#chain === null) return;
    this.#chain.skipKnown(this.#known);
    const { lastCall, plan } = this.#chain;
    if (lastCall === null || (plan.untilAt !== null && lastCall > plan.untilAt)) return;
    if (lastCall + plan.jitterMs < wall - ON_TIME_MS) this.#fault(`${iso(lastCall)} is lost by ${iso(wall)}`);
  }

  #decide(decided: DecidedFires): void {
    const [chain, rules] = [this.#chain, this.#rules];
    if (!this.#isOn || chain === null || rules === null) {
      this.#fault(`nothing is called for ${textOf(decided)}`);
      return;
    }
    for (const fire of decided.fires) {
      chain.skipKnown(this.#known);
      if (this.#known.has(fire.plannedAt)) this.#fault(`${iso(fire.plannedAt)} is recorded twice`);
      this.#known.add(fire.plannedAt);
      this.#take(chain, fire, decided);
      if (fire.job !== null) this.#runs++;
    }
    const isLast = rules.maxRuns !== null && this.#runs >= rules.maxRuns;
    if (isLast) this.#isOn = false;
    if (this.#runs > (rules.maxRuns ?? Infinity)) this.#fault('it made more runs than it may');
    const wrong =
      wrongTimes(decided, this.#history.stretches, chain.plan.jitterMs) ??
      (isLast ? null : wrongChoice(decided, parseMissed(rules.missed), chain.plan.jitterMs)) ??
      wrongOverlap(decided, rules.overlap, this.#history.runs);
    if (wrong !== null) this.#fault(`${wrong} ${textOf(decided)}`);
  }

  #take(chain: Chain, fire: FakeFire, { at }: DecidedFires): void {
    const { plannedAt, untilAt, count, reason, lateMs } = fire;
    const taken =
      untilAt === null
        ? { count: 1, fault: chain.take(plannedAt, at) }
        : chain.takeRange(plannedAt, untilAt, at);
    if (taken.fault !== null) this.#fault(taken.fault);
    if (count !== null && count !== taken.count)
      this.#fault(`${iso(plannedAt)} stands for ${taken.count} fires, not ${count}`);
    this.#account.called += taken.count;
    if (reason === null) this.#account[(lateMs ?? 0) <= ON_TIME_MS ? 'onTime' : 'late']++;
    else {
      const words = reason.replace(/"[^"]*"/, '…');
      this.#account.skipped.set(words, (this.#account.skipped.get(words) ?? 0) + taken.count);
    }
  }

  /** The store says of the schedule what became of it. */
  #expectState(): void {
    const { state, runs, id } = this.#history.schedule;
    if (runs !== this.#runs) this.#fault(`it says that it made ${runs} runs`);
    const isOver = this.#chain?.lastCall === null || (this.#rules?.maxRuns ?? Infinity) <= this.#runs;
    if (
      state === 'FAULTY' ||
      (this.#isOn && !isOver && this.#chain?.plan.untilAt === null && state !== 'SCHEDULED')
    )
      this.#fault(`schedule "${id}" is ${state}`);
  }

  #fault(words: string): void {
    const { id, when, rules } = this.#history.schedule;
    this.#account.faults.push(`${id} "${when}" ${JSON.stringify(rules)}: ${words}`);
  }
}

/** In their order. What is decided in the instant of a deed is decided before it. */
function happeningsOf({ deeds, decisions, stretches }: History): Happening[] {
  const happenings: Happening[] = [
    ...decisions.map((decided) => ({ kind: 'decision' as const, passed: decided.passed, decided })),
    ...deeds.map((deed) => ({ kind: 'deed' as const, passed: deed.passed, deed })),
    ...stretches.flatMap(({ began, from, until }): Happening[] => [
      ...(began === 'suspend'
        ? []
        : [{ kind: 'sight' as const, passed: from.passed, sight: sightOf(began, from) }]),
      { kind: 'stretch ends', passed: until.passed, wall: until.wall },
    ]),
  ];
  return happenings.sort((a, b) => a.passed - b.passed);
}

function sightOf(began: Stretch['began'], { passed, wall }: Stretch['from']): Sight {
  return { passed, from: wall, until: began === 'start' ? wall : wall + NOTICED_MS };
}

function isMissed({ reason }: FakeFire): boolean {
  return reason?.startsWith('missed') ?? false;
}

/** A fire is late, or missed, only where the daemon could not have made it, and is decided when it first can. */
function wrongTimes(
  { passed, at, fires }: DecidedFires,
  stretches: readonly Stretch[],
  jitterMs: number,
): string | null {
  const index = stretches.findLastIndex(({ from }) => from.passed <= passed);
  const [stretch, before] = [stretches[index], stretches[index - 1]];
  if (stretch === undefined) return 'the daemon was down';
  const noticed = stretch.began === 'start' ? 0 : NOTICED_MS;
  for (const fire of fires) {
    const { plannedAt, untilAt, lateMs } = fire;
    const last = untilAt ?? plannedAt;
    const dueAt = lateMs === null ? last : at - lateMs;
    if (dueAt < last || dueAt > last + jitterMs) return 'not due then';
    // When one that was skipped was due, is not recorded.
    const slack = lateMs === null ? jitterMs : 0;
    const late = at - dueAt - slack;
    const isAttended = dueAt >= stretch.from.wall + noticed;
    if (isAttended && late > ON_TIME_MS) return 'late without need';
    if (isAttended && isMissed(fire) && jitterMs === 0) return 'missed without need';
    if (isAttended || dueAt >= stretch.from.wall) continue;
    const attendedAt = stretch.from.wall + Math.max(noticed, ON_TIME_MS);
    if (at > Math.max(attendedAt, dueAt + slack)) return 'later than need be';
    if (before !== undefined && plannedAt + jitterMs < before.until.wall - ON_TIME_MS)
      return 'could have been made before';
  }
  return null;
}

/** Of fires that are decided at once the latest few are to be made, if they are not too late. */
function wrongChoice(
  { at, fires }: DecidedFires,
  { upTo, withinMs }: ReturnType<typeof parseMissed>,
  jitterMs: number,
): string | null {
  const isTooLate = (plannedAt: number, slackMs: number) =>
    withinMs !== null && at - plannedAt - slackMs > withinMs;
  for (const [index, fire] of fires.entries()) {
    const isLatest = fires.length - index <= upTo;
    const last = fire.untilAt ?? fire.plannedAt;
    if (isMissed(fire)) {
      if (isLatest && !isTooLate(last, 0)) return 'not made up for';
    } else if (!isLatest || isTooLate(last, jitterMs)) return 'made up for without need';
  }
  return null;
}

/** What waits or runs decides whether a fire becomes a job. */
function wrongOverlap(
  { passed, fires }: DecidedFires,
  overlap: string,
  runs: readonly SimulatedRun[],
): string | null {
  const standing = fires.filter((fire) => !isMissed(fire));
  const made = standing.filter(({ job }) => job !== null);
  if (overlap === 'allow') return made.length === standing.length ? null : 'skipped without need';
  if (made.length > 1) return 'several jobs at once';
  if (standing.length === 0) return null;
  const others = runs.filter(
    ({ jobId, madeAt }) => madeAt <= passed && !made.some(({ job }) => job === jobId),
  );
  if (overlap === 'replace') {
    if (others.some(({ endAt }) => endAt > passed + STOPPING_MS)) return 'not replaced';
    return standing.at(-1)?.job === null ? 'skipped without need' : null;
  }
  const active = others.filter(({ endAt }) => endAt > passed);
  const isInTheWay = overlap === 'skip' ? active.length > 0 : active.some(({ startAt }) => startAt > passed);
  if (isInTheWay) return made.length > 0 ? 'piled up' : null;
  return standing[0]?.job === null ? 'skipped without need' : null;
}

import { planOf, type Plan } from '../../../src/schedule/plan/plan.ts';
import { firstFire, nextFire, pullIn } from '../../../src/schedule/plan/planned-fires.ts';
import { isDrawn, type Recurrence } from '../../../src/schedule/recurrence/recurrence.ts';
import type { DecidedFires } from './living-store.ts';
import { DAY_MS, HOUR_MS } from './times.ts';
import { ZONE, type Deed } from './world.ts';

/** The clock was found stepped back, or may have been; not before `passed`, by a wall clock between these. */
export interface Sight {
  passed: number;
  from: number;
  until: number;
}

/** When the next fire is called for: one instant, unless chance or the moment of a sight decides. */
interface Next {
  from: number;
  until: number;
}

/** Draws nothing: what is drawn is told by its bounds. */
const random = () => 0;

/**
 * Follows the fires that a plan calls for, one after the other, whatever became of them. Knows the plan and what
 * happened to the schedule and its clock, and nothing of how the scheduler keeps account.
 */
export class Chain {
  readonly plan: Plan;
  readonly #anchorAt: number;
  readonly #bounds: { min: number; max: number } | null;
  #next: Next | null;

  constructor({ when, rules, anchorAt }: Extract<Deed, { kind: 'fires' }>) {
    const plan = planOf({ when, rules }, ZONE);
    if (plan === 'now') throw new Error('"now" is no recurrence');
    this.plan = plan;
    this.#anchorAt = anchorAt;
    this.#bounds = boundsOf(plan.recurrence);
    const first = firstFire(plan, { at: anchorAt, random })?.plannedAt;
    this.#next = first === undefined ? null : this.#from(first, Math.max(anchorAt, plan.fromAt ?? 0));
  }

  /** The latest instant of the next fire; null when there is none. */
  get lastCall(): number | null {
    return this.#next?.until ?? null;
  }

  /** Intervals that are further off than they are long are pulled in. */
  see({ from, until }: Sight): void {
    if (this.#next === null || this.plan.recurrence.kind !== 'elapsed') return;
    if (this.#bounds !== null) {
      const begin = this.plan.fromAt ?? 0;
      // It may be pulled in to the last fire, which is not repeated: another is drawn from there, as far off as before.
      this.#next = { from: Math.min(this.#next.from, Math.max(from, begin)), until: this.#next.until };
      return;
    }
    const pulled = (plannedAt: number, now: number) =>
      pullIn(this.plan, { plannedAt, dueAt: plannedAt }, now).plannedAt;
    this.#next = { from: pulled(this.#next.from, from), until: pulled(this.#next.until, until) };
  }

  /** The schedule goes on after it was halted. */
  resume(at: number): void {
    if (this.#next === null || this.#next.from > at) return;
    if (this.#bounds === null) this.#next = this.#after(this.#next.from, at);
    else this.#next = { from: at, until: Math.max(at, this.#next.until) + this.#bounds.max };
  }

  /**
   * Takes the next fire, which is at `plannedAt`, and was decided about at `at`.
   * @returns what is wrong with that; null for nothing
   */
  take(plannedAt: number, at: number): string | null {
    const next = this.#next;
    if (next === null) return `${iso(plannedAt)} is not called for`;
    if (plannedAt < next.from || plannedAt > next.until)
      return `${iso(plannedAt)} is not called for: the next is ${iso(next.from)}-${iso(next.until)}`;
    this.#next = this.#bounds === null ? this.#after(plannedAt, plannedAt) : this.#drawnAfter(plannedAt, at);
    return null;
  }

  /** Takes the fires up to `until`, beginning with the one at `plannedAt`. */
  takeRange(plannedAt: number, until: number, at: number): { count: number; fault: string | null } {
    let count = 0;
    for (
      let next: number | null = plannedAt;
      next !== null && next <= until;
      next = this.#next?.from ?? null
    ) {
      const fault = this.take(next, at);
      if (fault !== null) return { count, fault };
      count++;
      if (next === until) return { count, fault: null };
    }
    return { count, fault: `${iso(until)} is not called for` };
  }

  /** Passes over what was recorded before: a fire is never repeated. */
  skipKnown(known: ReadonlySet<number>): void {
    while (this.#bounds === null && this.#next !== null && this.#isKnown(this.#next, known))
      this.#next = this.#after(this.#next.until, this.#next.until);
  }

  /** Where the moment of a sight decides between several, they follow on each other. */
  #isKnown({ from, until }: Next, known: ReadonlySet<number>): boolean {
    return known.has(from) && known.has(until);
  }

  #after(plannedAt: number, after: number): Next | null {
    const next = nextFire(this.plan, { anchorAt: this.#anchorAt, plannedAt, after, random });
    return next === null ? null : this.#from(next.plannedAt, after);
  }

  /** Where it is drawn, it is drawn anew from when the last one was made. */
  #drawnAfter(plannedAt: number, at: number): Next | null {
    const { untilAt } = this.plan;
    const { min, max } = this.#bounds ?? { min: 0, max: 0 };
    const from = plannedAt + min;
    if (untilAt !== null && from > untilAt) return null;
    return { from, until: Math.max(plannedAt, at) + max };
  }

  #from(at: number, since: number): Next {
    if (this.#bounds === null) return { from: at, until: at };
    return { from: Math.min(at, since), until: since + this.#bounds.max + DAY_MS };
  }
}

/** How far from each other two fires are that chance puts somewhere; days are up to an hour longer or shorter. */
function boundsOf(recurrence: Recurrence): { min: number; max: number } | null {
  if (!isDrawn(recurrence)) return null;
  switch (recurrence.kind) {
    case 'elapsed':
      return { min: recurrence.min * recurrence.unitMs, max: recurrence.max * recurrence.unitMs };
    case 'days': {
      const unitMs = recurrence.unitDays * DAY_MS;
      return { min: recurrence.min * unitMs - DAY_MS, max: recurrence.max * unitMs + 2 * HOUR_MS };
    }
    default:
      return null;
  }
}

export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Those of a list that were decided in one go, for whoever reads faults. */
export function textOf({ at, fires }: DecidedFires): string {
  const each = fires.map(({ plannedAt, untilAt, reason, lateMs }) =>
    [iso(plannedAt), untilAt === null ? '' : `-${iso(untilAt)}`, reason ?? `job, ${lateMs} ms late`].join(
      ' ',
    ),
  );
  return `at ${iso(at)}: ${each.join('; ')}`;
}

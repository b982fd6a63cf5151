import { UserError } from '../../../src/errors.ts';
import type { JobService } from '../../../src/jobs/job-service.ts';
import { planOf } from '../../../src/schedule/plan/plan.ts';
import { firstFire } from '../../../src/schedule/plan/planned-fires.ts';
import { isDrawn } from '../../../src/schedule/recurrence/recurrence.ts';
import { ScheduleService } from '../../../src/schedule/schedule-service.ts';
import type { ScheduleRules } from '../../../src/schedule/schedule.ts';
import type { ScheduleStore } from '../../../src/schedule/schedule-store.ts';
import { Scheduler } from '../../../src/schedule/scheduler.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aRequest } from '../../support/samples.ts';
import { LivingStore } from './living-store.ts';
import { Random } from './random.ts';
import { aSchedule, type Asked } from './specs.ts';
import { DAY_MS, DISTURBANCES, HOUR_MS, LENGTH_MS, MINUTE_MS, START, type Disturbance } from './times.ts';

/** The zone of the daemon. */
export const ZONE = 'Europe/Zurich';

/** A part of the year in which the daemon was up and its clock went on as clocks do. */
export interface Stretch {
  /** Why it began. */
  began: 'start' | 'step' | 'suspend';
  /** On the clock of the timers, and by the wall clock. */
  from: { passed: number; wall: number };
  until: { passed: number; wall: number };
}

/** What was done with a schedule; from `fires` on, until `halts`, its fires are called for. */
export type Deed = { passed: number; at: number } & (
  | { kind: 'fires'; when: string; rules: ScheduleRules; anchorAt: number }
  | { kind: 'resumes' }
  | { kind: 'halts' }
);

/** A year of a daemon, and all that is known of it but what its scheduler thinks. */
export class World {
  readonly clock = new FakeClock(START);
  readonly random: Random;
  readonly store: LivingStore;
  readonly stretches: Stretch[] = [];
  readonly deeds = new Map<string, Deed[]>();
  /** How many jobs were told of. */
  told = 0;
  readonly logged: string[] = [];
  #scheduler: Scheduler | null = null;
  #service: ScheduleService | null = null;
  readonly #agenda: { after: number; act: () => void }[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    this.store = new LivingStore(this.clock, this.random);
  }

  live(schedules: number): void {
    this.#start();
    for (let i = 0; i < schedules; i++) {
      // The first are there when the year begins; the others come while it goes on.
      const after = i < schedules / 2 ? i : this.#quietTime(0, LENGTH_MS);
      this.#agenda.push({
        after,
        act: () => {
          this.#add();
        },
      });
    }
    for (const disturbance of DISTURBANCES) {
      this.#agenda.push({
        after: disturbance.after,
        act: () => {
          this.#disturb(disturbance);
        },
      });
    }
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      // What the daemon was down for has moved the time on.
      this.clock.pass(Math.max(0, next.after - this.clock.passed));
      next.act();
    }
    this.clock.pass(LENGTH_MS - this.clock.passed);
    this.#endStretch();
  }

  #next() {
    this.#agenda.sort((a, b) => b.after - a.after);
    return this.#agenda.pop();
  }

  /** A time at which the daemon is up, and nothing happens to its clock. */
  #quietTime(from: number, until: number): number {
    for (;;) {
      const after = this.random.whole(from, until);
      const isNear = ({ after: at, ...what }: Disturbance) => {
        const lasts = what.kind === 'restart' ? what.downMs : 0;
        return after > at - 2 * HOUR_MS && after < at + lasts + 2 * HOUR_MS;
      };
      if (!DISTURBANCES.some(isNear)) return after;
    }
  }

  /** Now and then just after the clock jumped, when the timers know nothing of it yet. */
  #timeOfDeed(): number {
    const { passed } = this.clock;
    const jumps = DISTURBANCES.filter(
      ({ after, ...what }) =>
        after > passed && (what.kind === 'suspend' || (what.kind === 'step' && what.byMs > 0)),
    );
    if (jumps.length > 0 && this.random.chance(0.3)) return this.random.of(jumps).after + 1;
    return this.#quietTime(passed + MINUTE_MS, LENGTH_MS - DAY_MS);
  }

  #disturb(what: Disturbance): void {
    this.#endStretch();
    switch (what.kind) {
      case 'restart':
        this.#scheduler?.stop();
        this.clock.pass(what.downMs);
        this.#start();
        break;
      case 'step':
        this.clock.step(what.byMs);
        this.#beginStretch('step');
        break;
      case 'suspend':
        this.clock.step(what.forMs);
        this.#beginStretch('suspend');
        break;
    }
  }

  #start(): void {
    const { clock, random, store } = this;
    const scheduler = new Scheduler({
      ...{ store, clock, random: random.next, zone: ZONE },
      onJobs: (jobs) => {
        this.told += jobs.length;
      },
      replace: (jobs) => {
        store.replace(jobs);
        return () => undefined;
      },
      log: {
        info: (_details, message) => this.logged.push(message),
        warn: (_details, message) => {
          if (message !== 'a fire was late') this.logged.push(message);
        },
        error: (details, message) => this.logged.push(`${message} ${JSON.stringify(details)}`),
      },
    });
    this.#service = new ScheduleService({
      ...{ scheduler, clock, random: random.next, zone: ZONE },
      store: store as unknown as ScheduleStore,
      jobs: { checkUnits: () => undefined } as unknown as JobService,
    });
    this.#scheduler = scheduler;
    this.#beginStretch('start');
    scheduler.start();
  }

  #beginStretch(began: Stretch['began']): void {
    const here = { passed: this.clock.passed, wall: this.clock.now() };
    this.stretches.push({ began, from: here, until: here });
  }

  #endStretch(): void {
    const last = this.stretches.at(-1);
    if (last !== undefined) last.until = { passed: this.clock.passed, wall: this.clock.now() };
  }

  #add(): void {
    const asked = this.#askedFor();
    const schedule = this.#do((service) => service.add({ ...asked, request: aRequest() }));
    const { id } = schedule;
    this.deeds.set(id, []);
    this.#note(id, { kind: 'fires', ...asked, anchorAt: schedule.anchorAt });
    const left = LENGTH_MS - this.clock.passed;
    if (left < 3 * DAY_MS || !this.random.chance(0.15)) return;
    const after = this.#timeOfDeed();
    const deed = this.random.of(['pause', 'edit', 'cancel'] as const);
    this.#agenda.push({
      after,
      act: () => {
        this.#change(id, deed);
      },
    });
  }

  /** A schedule that has fires to come, however they are drawn. */
  #askedFor(): Asked {
    const at = this.clock.now();
    for (;;) {
      const asked = aSchedule(this.random);
      const plan = planOf(asked, ZONE);
      if (plan === 'now' || firstFire(plan, { at, random: () => 0 }) === null) continue;
      if (isDrawn(plan.recurrence) && (plan.fromAt ?? 0) < at) continue;
      return asked;
    }
  }

  #change(id: string, deed: 'pause' | 'resume' | 'edit' | 'cancel'): void {
    try {
      switch (deed) {
        case 'cancel':
          this.#do((service) => service.cancel(id));
          this.#note(id, { kind: 'halts' });
          break;
        case 'pause': {
          this.#do((service) => service.pause(id));
          this.#note(id, { kind: 'halts' });
          const after = this.#quietTime(this.clock.passed + MINUTE_MS, LENGTH_MS);
          this.#agenda.push({
            after,
            act: () => {
              this.#change(id, 'resume');
            },
          });
          break;
        }
        case 'resume':
          this.#do((service) => service.resume(id));
          this.#note(id, { kind: 'resumes' });
          break;
        case 'edit': {
          const { when, rules } = this.#askedFor();
          const edited = this.#do((service) => service.edit(id, { when, rules }));
          this.#note(id, { kind: 'halts' });
          this.#note(id, { kind: 'fires', when, rules, anchorAt: edited.anchorAt });
        }
      }
    } catch (error) {
      // It is over, or would never fire again.
      if (!(error instanceof UserError)) throw error;
    }
  }

  #do<T>(work: (service: ScheduleService) => T): T {
    if (this.#service === null) throw new Error('the daemon is down');
    return work(this.#service);
  }

  #note(id: string, deed: DistributiveOmit<Deed, 'passed' | 'at'>): void {
    this.deeds.get(id)?.push({ passed: this.clock.passed, at: this.clock.now(), ...deed });
  }
}

type DistributiveOmit<T, Key extends PropertyKey> = T extends unknown ? Omit<T, Key> : never;

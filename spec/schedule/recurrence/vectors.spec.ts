import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Temporal } from 'temporal-polyfill';
import { UserError } from '../../../src/errors.ts';
import { planOf } from '../../../src/schedule/plan/plan.ts';
import { NO_RULES } from '../../../src/schedule/schedule.ts';
import { planFor, plannedFires } from './plans.ts';

interface Vector {
  spec: string;
  fires?: string[];
  random?: { min_s: number; max_s: number; step_s: number; at?: string };
  error?: true;
}

const path = new URL('../../fixtures/scheduling-vectors.json', import.meta.url);
const { starts } = JSON.parse(readFileSync(path, 'utf8')) as { starts: Record<string, Vector[]> };
const zones = ['UTC', 'America/New_York', 'Asia/Kathmandu'];

function instant(local: string, zone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;
}

function local(at: number, zone: string): string {
  const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime();
  return wall.toString({ smallestUnit: 'second' });
}

/** The first `count` fires when every fire is on time. */
function fires(spec: string, start: string, zone: string, count: number): number[] {
  return plannedFires(planFor(spec, zone), instant(start, zone), count);
}

describe('The scheduling vectors', () => {
  it('are all there', () => {
    expect(Object.values(starts).map((vectors) => vectors.length)).to.deep.equal([101, 101]);
  });

  for (const [start, vectors] of Object.entries(starts)) {
    for (const { spec, fires: wanted, random, error } of vectors) {
      if (error) {
        it(`refuse "${spec}"`, () => {
          expect(() => planOf({ when: spec, rules: NO_RULES }, 'UTC')).to.throw(
            UserError,
            JSON.stringify(spec),
          );
        });
      } else if (wanted) {
        it(`fire "${spec}" from ${start} on time`, () => {
          for (const zone of zones) {
            expect(fires(spec, start, zone, wanted.length).map((at) => local(at, zone))).to.deep.equal(
              wanted,
            );
          }
        });
      } else if (random) {
        it(`draw each gap of "${spec}" from ${start} anew`, () => {
          const made = fires(spec, start, 'UTC', 300);
          const gaps = made.slice(1).map((at, i) => (at - made[i]!) / 1000);
          const possible = (random.max_s - random.min_s) / random.step_s + 1;
          for (const gap of gaps) expect((gap - random.min_s) % random.step_s).to.equal(0);
          expect(new Set(gaps)).to.have.length(possible);
          expect(Math.min(...gaps)).to.equal(random.min_s);
          expect(Math.max(...gaps)).to.equal(random.max_s);
          const timeOfDay = random.at;
          if (timeOfDay)
            for (const at of made) expect(local(at, 'UTC')).to.match(new RegExp(`T${timeOfDay}:00$`));
        });
      } else {
        throw new Error(`the vector "${spec}" wants nothing`);
      }
    }
  }
});

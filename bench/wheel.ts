// `npm run bench -- wheel`: what the timer wheel costs with 100,000 entries in it.
import { median, markdownTable } from './support/table.ts';
import { TimerWheel } from '../src/schedule/time/wheel.ts';

const ENTRIES = 100_000;
const ROUNDS = 7;
const DAY_MS = 86_400_000;
const START = Date.parse('2026-06-02T09:00:05Z');
/** Due within a month, as schedules from every minute to every month are. */
const instants = Array.from({ length: ENTRIES }, () => START + Math.ceil(Math.random() * 30 * DAY_MS));

interface Measure {
  what: string;
  /** How often it is done in a round. */
  times: number;
  /** Milliseconds for all of them, in each round. */
  rounds: number[];
}

const measures = new Map<string, Measure>();
for (let round = 0; round < ROUNDS; round++) measureAll();

const perOperation = ({ rounds, times }: Measure) =>
  times === 1 ? '' : ((median(rounds) / times) * 1000).toFixed(2);
const rows = [...measures.values()].map((measure) => [
  measure.what,
  String(measure.times),
  median(measure.rounds).toFixed(1),
  perOperation(measure),
]);
process.stdout.write(`Node ${process.versions.node}, medians of ${ROUNDS} rounds\n\n`);
process.stdout.write(`${markdownTable(['100,000 entries', 'times', 'ms in all', 'us each'], rows)}\n`);

function measureAll(): void {
  const wheel = filled('insert');
  measure('nextAt', ENTRIES, () => {
    for (let time = 0; time < ENTRIES; time++) wheel.nextAt();
  });
  measure('insert again, at another instant', ENTRIES, () => {
    instants.forEach((at, id) => {
      wheel.insert(String(id), at + 1);
    });
  });
  measure('cancel', ENTRIES, () => {
    instants.forEach((_, id) => wheel.cancel(String(id)));
  });

  const wakes = filled();
  measure('advance to the next, until empty', ENTRIES, () => {
    for (let at = wakes.nextAt(); at !== null; at = wakes.nextAt()) wakes.advance(at);
  });
  const slept = filled();
  measure('advance by a month at once', 1, () => slept.advance(START + 31 * DAY_MS));
  const steppedBack = filled();
  measure('advance back by an hour', 1, () => steppedBack.advance(START - DAY_MS / 24));
}

function filled(what?: string): TimerWheel {
  const wheel = new TimerWheel(START);
  const fill = () => {
    instants.forEach((at, id) => {
      wheel.insert(String(id), at);
    });
  };
  if (what === undefined) fill();
  else measure(what, ENTRIES, fill);
  return wheel;
}

function measure(what: string, times: number, work: () => void): void {
  const before = performance.now();
  work();
  const taken = performance.now() - before;
  const known = measures.get(what);
  if (known === undefined) measures.set(what, { what, times, rounds: [taken] });
  else known.rounds.push(taken);
}

import { Fault, orRefuse, quote } from '../grammar/fault.ts';
import { readDuration } from '../grammar/duration-text.ts';
import { nearest } from '../grammar/nearest.ts';

/** What becomes of fires that were missed: the daemon was down, the machine asleep, the clock set forward. */
export interface MissedRule {
  /** One late job for all of them, none, or one for each. */
  policy: 'run-once' | 'skip' | 'run-all';
  /** How many late jobs are made at once; the latest fires count. */
  upTo: number;
  /** A fire later than so many milliseconds is too late to be made; null where none is. */
  withinMs: number | null;
}

const POLICIES = ['run-once', 'skip', 'run-all'] as const;
const USUAL_UP_TO = 100;
const MAX_UP_TO = 1000;
/** A fire that is late by less is still on time enough. */
const SKIP_WITHIN_MS = 60_000;

/**
 * Reads `run-once`, `skip` or `run-all [up to N]`, each perhaps followed by `within DURATION`.
 * @throws UserError `invalid`
 */
export function parseMissed(text: string): MissedRule {
  return orRefuse(() => readMissed(text));
}

function readMissed(text: string): MissedRule {
  const words = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const [, name = '', count, within, rest = ''] =
    /^(\S*)(?: up to (\S+))?(?: within ((?:\d+ ?)?[^\s\d]\S*|\d+))?(.*)$/.exec(words) ?? [];
  const policy = POLICIES.find((known) => known === name);
  if (policy === undefined) {
    throw new Fault(
      `${quote(name)} is not a rule for missed fires; it may be "run-once", "skip" or "run-all"`,
      nearest(name, POLICIES) ?? 'run-once',
    );
  }
  if (rest !== '') {
    throw new Fault(
      `${quote(rest.trim())} is not understood after ${quote(policy)}; it may be "within 2 hours"${policy === 'run-all' ? ' or "up to 20"' : ''}`,
      policy,
    );
  }
  const upTo = readUpTo(count, policy);
  if (within === undefined) return { policy, upTo, withinMs: policy === 'skip' ? SKIP_WITHIN_MS : null };
  return { policy, upTo, withinMs: readWithin(within, words) };
}

function readUpTo(count: string | undefined, policy: MissedRule['policy']): number {
  if (count === undefined) return policy === 'run-all' ? USUAL_UP_TO : 1;
  if (policy !== 'run-all')
    throw new Fault(`"up to" goes with "run-all", not with ${quote(policy)}`, `run-all up to ${USUAL_UP_TO}`);
  const upTo = Number(count);
  if (/^\d+$/.test(count) && upTo >= 1 && upTo <= MAX_UP_TO) return upTo;
  throw new Fault(
    `${quote(count)} is not a number of jobs from 1 to ${MAX_UP_TO}`,
    `run-all up to ${upTo > MAX_UP_TO ? MAX_UP_TO : USUAL_UP_TO}`,
  );
}

function readWithin(text: string, whole: string): number {
  try {
    return readDuration(text);
  } catch (error) {
    if (!(error instanceof Fault) || error.suggestion === null) throw error;
    throw new Fault(error.message, whole.replace(/within .*/, `within ${error.suggestion}`));
  }
}

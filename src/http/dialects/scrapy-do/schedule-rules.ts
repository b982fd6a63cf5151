import { UserError } from '../../../errors.ts';
import { NO_RULES, OVERLAPS, type Overlap, type ScheduleRules } from '../../../schedule/schedule.ts';
import type { Params } from '../../params.ts';

/** Fields of schedule-job that are rules of a schedule. */
export const RULE_FIELDS = ['zone', 'from', 'until', 'except', 'jitter', 'overlap', 'missed', 'max_runs'];

/**
 * What schedule-job's fields say of a schedule beside its spec. Whether its texts make sense is for the core to say.
 * @throws UserError `invalid`
 */
export function readScheduleRules(params: Params): ScheduleRules {
  const except = params.all('except');
  return {
    zone: params.get('zone'),
    from: params.get('from'),
    until: params.get('until'),
    except: except.length === 0 ? null : except.join(', '),
    jitter: params.get('jitter'),
    overlap: readOverlap(params),
    missed: params.get('missed') ?? NO_RULES.missed,
    maxRuns: readMaxRuns(params),
  };
}

function readOverlap(params: Params): Overlap {
  const text = params.get('overlap');
  if (text === null) return NO_RULES.overlap;
  const overlap = OVERLAPS.find((word) => word === text.trim().toLowerCase());
  if (overlap !== undefined) return overlap;
  throw new UserError(
    'invalid',
    `Parameter "overlap" must be one of ${OVERLAPS.map((word) => `"${word}"`).join(', ')}, not "${text}".`,
  );
}

function readMaxRuns(params: Params): number | null {
  const text = params.get('max_runs');
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new UserError('invalid', `Parameter "max_runs" must be a whole number from 1, not "${text}".`);
}

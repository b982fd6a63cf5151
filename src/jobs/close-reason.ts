import type { Exit, JobState, Stop } from './job.ts';

/** What it is called when somebody stopped a job. */
export const CANCELLED = 'cancelled';

/** How each end is called of which there is no better word. */
const WORDS: Partial<Record<JobState, string>> = {
  SUCCESSFUL: 'no_reason',
  FAILED: 'failed',
  CANCELED: CANCELLED,
};

/** The states that words of Scrapy Cloud mean; any other reason is somebody's own, and no failure. */
const STATES: Readonly<Record<string, JobState>> = {
  failed: 'FAILED',
  cancelled: 'CANCELED',
  cancel_timeout: 'CANCELED',
  memusage_exceeded: 'FAILED',
  diskusage_exceeded: 'FAILED',
};

/**
 * Why a run ended, in the words of Scrapy Cloud: whatever Scrapy says of one that was stopped (`shutdown`), it was
 * cancelled; `cancel_timeout` if it had to be killed.
 * @param reported what Scrapy said
 */
export function closeReasonOf(
  state: JobState,
  { exit, stop, at }: { exit: Exit; stop: Stop | null; at: number },
  reported: string | null,
): string {
  if (stop !== null) {
    const wasKilled = exit.signal === 'SIGKILL' && stop.killAt !== null && at >= stop.killAt;
    return wasKilled ? 'cancel_timeout' : CANCELLED;
  }
  // It closed, and then something else went wrong.
  if (reported !== null && !(state === 'FAILED' && reported === 'finished')) return reported;
  return WORDS[state] ?? 'no_reason';
}

/** What a worker outside means by the reason that it gives. */
export function stateOfReason(reason: string): JobState {
  return Object.hasOwn(STATES, reason) ? (STATES[reason] ?? 'SUCCESSFUL') : 'SUCCESSFUL';
}

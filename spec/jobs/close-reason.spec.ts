import { expect } from 'chai';
import { closeReasonOf, stateOfReason } from '../../src/jobs/close-reason.ts';
import type { Exit, Stop } from '../../src/jobs/job.ts';

const OK: Exit = { code: 0, signal: null, reason: null };
const KILLED: Exit = { code: null, signal: 'SIGKILL', reason: null };
const stop = (killAt: number | null): Stop => ({ signal: 'SIGINT', sent: true, killAt });

describe('why a run ended, in the words of Scrapy Cloud,', () => {
  const ended = (exit: Exit, stop: Stop | null = null, at = 100) => ({ exit, stop, at });

  it('is what Scrapy said, where nothing went wrong', () => {
    for (const reason of ['finished', 'closespider_itemcount', 'shutdown', 'own words']) {
      expect(closeReasonOf('SUCCESSFUL', ended(OK), reason)).to.equal(reason);
    }
    expect(closeReasonOf('SUCCESSFUL', ended(OK), null)).to.equal('no_reason');
  });

  it('is "failed" where it failed, also after it had closed well', () => {
    const one = ended({ ...OK, code: 1 });
    expect(closeReasonOf('FAILED', one, null)).to.equal('failed');
    expect(closeReasonOf('FAILED', one, 'finished')).to.equal('failed');
    expect(closeReasonOf('FAILED', one, 'memusage_exceeded')).to.equal('memusage_exceeded');
  });

  it('is "cancelled" where somebody stopped it, whatever Scrapy said', () => {
    expect(closeReasonOf('CANCELED', ended(OK, stop(500)), 'shutdown')).to.equal('cancelled');
    expect(closeReasonOf('CANCELED', ended(KILLED, stop(null)), null)).to.equal('cancelled');
    // Killed by somebody else before its time was up.
    expect(closeReasonOf('CANCELED', ended(KILLED, stop(500), 499), null)).to.equal('cancelled');
  });

  it('is "cancel_timeout" where it did not stop in time', () => {
    expect(closeReasonOf('CANCELED', ended(KILLED, stop(500), 500), null)).to.equal('cancel_timeout');
  });

  it('tells the state of a job that somebody else ran', () => {
    const words = ['finished', 'no_reason', 'failed', 'cancelled', 'cancel_timeout', 'diskusage_exceeded'];
    expect(words.map(stateOfReason)).to.deep.equal([
      ...['SUCCESSFUL', 'SUCCESSFUL', 'FAILED', 'CANCELED', 'CANCELED', 'FAILED'],
    ]);
    expect(stateOfReason('constructor')).to.equal('SUCCESSFUL');
  });
});
